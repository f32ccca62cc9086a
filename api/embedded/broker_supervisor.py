"""The embedded broker's gate: open to every enrolled box, and never stuck."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.embedded.broker import EmbeddedBroker
from api.errors import BrokerError, PortInUseError
from api.fleet.store import list_enrolled_nodes
from pipeline.wire.signature import broker_password

CHECK_INTERVAL_S = 2.0
CHECKS_PER_LOGIN = 3
"""Every how many looks we also try to log in."""

log = structlog.get_logger(__name__)


async def list_broker_logins(engine: AsyncEngine) -> dict[str, str]:
    """Name and password of every enrolled box."""
    async with engine.connect() as connection:
        boxes = await list_enrolled_nodes(connection)
    return {str(box.node): broker_password(box.key) for box in boxes}


async def supervise(
    broker: EmbeddedBroker, engine: AsyncEngine, *, every_s: float = CHECK_INTERVAL_S
) -> None:
    """Restart ``broker`` when a box was enrolled, or when it lets nobody in; until cancelled.

    The boxes reconnect, and send again what had no receipt.
    """
    look = 0
    while True:
        await asyncio.sleep(every_s)
        look += 1
        wanted = await _wanted(broker, engine)
        if wanted != broker.logins:
            log.info("broker_logins_changed", boxes=len(wanted))
        elif look % CHECKS_PER_LOGIN or await broker.is_healthy() or await broker.is_healthy():
            continue
        else:
            log.error("broker_dead", port=broker.port)
        try:
            await asyncio.to_thread(broker.restart, wanted)
        except (BrokerError, PortInUseError) as error:
            log.error("broker_restart_failed", reason=str(error))  # noqa: TRY400  # known, said


async def _wanted(broker: EmbeddedBroker, engine: AsyncEngine) -> dict[str, str]:
    try:
        return await list_broker_logins(engine)
    except (SQLAlchemyError, OSError):  # ingest says so in the log
        return broker.logins
