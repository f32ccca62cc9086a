"""What boxes say of themselves and their cameras → the register of both."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.errors import DatabaseError
from api.storage.fleet import set_camera, set_node
from api.storage.moves import wake
from pipeline.errors import WireError
from pipeline.wire import CameraState, Status, parse_topic, read
from pipeline.wire.address import ROOT

STATUS_FILTER = f"{ROOT}/+/+/+/up/status"
CAMERA_FILTER = f"{ROOT}/+/+/+/up/camera/+"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A status as it came off the wire; unsigned, as the broker speaks the last will."""

    topic: str
    payload: bytes


class Fleet:
    """Keep the register of boxes and cameras."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def note(self, report: Report, *, now: datetime) -> None:
        """Write a report down; one that cannot be read is logged and left.

        Raises:
            DatabaseError: It is not written; it comes again with the next connection.
        """
        try:
            await self._note(report, now=now)
        except WireError as error:
            log.warning("report_unreadable", topic=report.topic, reason=str(error))
        except (SQLAlchemyError, OSError) as error:
            raise DatabaseError(f"a report could not be stored: {error}") from error

    async def _note(self, report: Report, *, now: datetime) -> None:
        node, parts = parse_topic(report.topic)
        async with self._engine.begin() as connection:
            if parts[1:2] == ("status",):
                status = read(report.payload, Status)
                is_news = await set_node(connection, node, status, now=now)
            else:
                state = read(report.payload, CameraState)
                is_news = await set_camera(connection, node, parts[2], state, now=now)
            if is_news:
                await wake(connection)
