"""Tell the embedded broker of enrolled and revoked nodes; restart it when it accepts no logins."""

import asyncio

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api import metrics
from api.database.errors import UNREACHABLE_ERRORS
from api.embedded.broker import EmbeddedBroker
from api.errors import BrokerError, PortInUseError
from api.fleet.store import list_enrolled_nodes
from pipeline.wire.signature import broker_password

CHECK_INTERVAL_S = 2.0
CHECKS_PER_LOGIN = 3
"""Every third check also logs in."""

log = structlog.get_logger(__name__)


async def list_broker_logins(engine: AsyncEngine) -> dict[str, str]:
    """Return the broker password of every enrolled node, by node name."""
    async with engine.connect() as connection:
        nodes = await list_enrolled_nodes(connection)
    return {str(node.node): broker_password(node.key) for node in nodes}


async def supervise(
    broker: EmbeddedBroker, engine: AsyncEngine, *, every_s: float = CHECK_INTERVAL_S
) -> None:
    """Check the broker until cancelled: pass on changed logins, restart it when it is unhealthy.

    A restart loses nothing: nodes reconnect and resend every alert without a receipt.
    """
    check = 0
    while True:
        await asyncio.sleep(every_s)
        check += 1
        logins = await _logins_or_current(broker, engine)
        if logins != broker.logins:
            log.info("broker_logins_changed", nodes=len(logins))
            broker.set_logins(logins)
        for what, n in broker.read_counts().items():
            metrics.BROKER_GATE.labels(what).set(n)
        if check % CHECKS_PER_LOGIN or await broker.is_healthy() or await broker.is_healthy():
            continue
        metrics.PART_RESTARTS.labels("broker").inc()
        log.error("broker_unhealthy", port=broker.port)
        try:
            await asyncio.to_thread(broker.restart, logins)
        except (BrokerError, PortInUseError) as error:
            log.error("broker_restart_failed", reason=str(error))  # noqa: TRY400  # expected


async def _logins_or_current(broker: EmbeddedBroker, engine: AsyncEngine) -> dict[str, str]:
    """Return the logins of the database, or the current ones while it cannot be reached."""
    try:
        return await list_broker_logins(engine)
    except UNREACHABLE_ERRORS:  # ingest logs the outage
        return broker.logins
