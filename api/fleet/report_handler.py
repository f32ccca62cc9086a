"""What boxes say of themselves, their cameras and what they were asked → the registers."""

from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.database.errors import is_about_data
from api.errors import DatabaseError
from api.fleet.control import command_store, config_store
from api.fleet.report_parser import (
    ParsedReport,
    RawReport,
    UnsignedReportError,
    parse_node,
    parse_report,
)
from api.fleet.store import get_node_keys, save_health, update_camera_state, update_node_status
from api.live.store import notify_listeners
from api.metrics import REPORTS
from api.quarantine.store import quarantine_message
from pipeline.errors import WireError
from pipeline.wire import CameraState, Health, Reply, ReportedConfig, Status

log = structlog.get_logger(__name__)


class ReportHandler:
    """Keep the registers of boxes, cameras, configurations and commands."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def handle(self, report: RawReport, *, now: datetime) -> None:
        """Write a report down; what is not believed or cannot be read is kept apart.

        Raises:
            DatabaseError: It is not written; it comes again with the next connection.
        """
        try:
            outcome = await self._note(report, now=now)
        except (SQLAlchemyError, OSError) as error:
            raise DatabaseError(f"a report could not be stored: {error}") from error
        REPORTS.labels(report.kind, outcome).inc()

    async def _note(self, report: RawReport, *, now: datetime) -> str:
        try:
            async with self._engine.begin() as connection:
                node = parse_node(report)
                keys = await get_node_keys(connection, [str(node)])
                said = parse_report(report, node, keys.get(str(node)))
                if await _write(connection, said, now=now):
                    await notify_listeners(connection)
        except UnsignedReportError as error:
            return await self._put_aside(report, str(error), "unsigned", now=now)
        except WireError as error:
            return await self._put_aside(report, str(error), "unreadable", now=now)
        except DBAPIError as error:
            if not is_about_data(error):
                raise
            reason = f"the database refuses it: {error.orig}"
            return await self._put_aside(report, reason, "unreadable", now=now)
        return "taken"

    async def _put_aside(
        self, report: RawReport, reason: str, outcome: str, *, now: datetime
    ) -> str:
        log.warning("report_refused", topic=report.topic, reason=reason)
        async with self._engine.begin() as connection:
            is_new = await quarantine_message(
                connection, report.topic, report.payload, reason, now=now
            )
            if is_new:
                await notify_listeners(connection)
        return outcome


async def _write(connection: AsyncConnection, said: ParsedReport, *, now: datetime) -> bool:
    """Put a report where it belongs; tell whether open pages have to hear of it."""
    node = said.node
    match said.message:
        case Status() as status:
            return await update_node_status(connection, node, status, now=now)
        case CameraState() as state:
            return await update_camera_state(connection, node, said.subject, state, now=now)
        case Health() as health:
            return await save_health(connection, node, health, now=now)
        case ReportedConfig() as reported:
            return await config_store.save_reported(connection, node, reported, now=now)
        case Reply() as reply:
            return await command_store.record_reply(connection, node, reply, now=now)
