"""Restart the embedded PostgreSQL when it has ended: killed, or stopped by a full disk."""

import asyncio

import structlog

from api import metrics
from api.embedded.postgres import EmbeddedPostgres
from api.errors import DatabaseError, DataFolderError

CHECK_INTERVAL_S = 1.0
MAX_RETRY_DELAY_S = 30.0

log = structlog.get_logger(__name__)


async def supervise_postgres(
    server: EmbeddedPostgres, *, every_s: float = CHECK_INTERVAL_S
) -> None:
    """Check the server until cancelled, and start it again with back-off whenever it is down.

    Every other part waits for the database and goes on by itself. A commit that was confirmed is
    on the disk, so a restart loses nothing.
    """
    delay_s = every_s
    while True:
        await asyncio.sleep(delay_s)
        if server.is_running():
            delay_s = every_s
            continue
        log.error("postgres_down", folder=str(server.folder))
        try:
            await asyncio.to_thread(server.start_again)
        except (DatabaseError, DataFolderError, OSError) as error:
            delay_s = min(2 * delay_s, MAX_RETRY_DELAY_S)
            log.error(  # noqa: TRY400  # expected, as long as the disk is full
                "postgres_restart_failed", reason=str(error)[-500:], retry_after_s=delay_s
            )
        else:
            delay_s = every_s
            metrics.PART_RESTARTS.labels("postgres").inc()
            log.info("postgres_restarted", folder=str(server.folder))
