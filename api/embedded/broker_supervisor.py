"""The embedded broker's gate: open to every enrolled box, and never stuck."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.embedded.broker import EmbeddedBroker
from api.errors import BrokerError, PortInUseError
from api.fleet.store import enrolled
from pipeline.wire.signature import broker_password

LOOK_EVERY_S = 2.0
KNOCK_EVERY = 3
"""Every how many looks we also try to log in."""

log = structlog.get_logger(__name__)


async def logins(engine: AsyncEngine) -> dict[str, str]:
    """Name and password of every enrolled box."""
    async with engine.connect() as connection:
        boxes = await enrolled(connection)
    return {str(box.node): broker_password(box.key) for box in boxes}


async def keep_gate(
    broker: EmbeddedBroker, engine: AsyncEngine, *, every_s: float = LOOK_EVERY_S
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
        elif look % KNOCK_EVERY or await broker.is_well() or await broker.is_well():
            continue
        else:
            log.error("broker_dead", port=broker.port)
        try:
            await asyncio.to_thread(broker.restart, wanted)
        except (BrokerError, PortInUseError) as error:
            log.error("broker_restart_failed", reason=str(error))  # noqa: TRY400  # known, said


async def _wanted(broker: EmbeddedBroker, engine: AsyncEngine) -> dict[str, str]:
    try:
        return await logins(engine)
    except (SQLAlchemyError, OSError):  # ingest says so in the log
        return broker.logins
