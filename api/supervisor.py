"""Keep the parts of a centre running: a part that fails is restarted alone, with back-off.

``repeat`` is the loop of a part that works every so often.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from api.database.errors import UNREACHABLE_ERRORS
from api.metrics import PART_RESTARTS, PARTS_UP

RESTART_AFTER_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STABLE_AFTER_S = 60.0
"""A part that has run for so long has recovered: its next failure is its first again."""

Sleep = Callable[[float], Awaitable[None]]

log = structlog.get_logger(__name__)


async def repeat(
    work: Callable[[], Awaitable[object]], *, every_s: float, failure_event: str
) -> None:
    """Do some work every so often until cancelled; a database that is down is waited for.

    Args:
        every_s: Seconds between the end of one run and the start of the next.
        failure_event: Name of the log event when the database cannot be reached.
    """
    while True:
        try:
            await work()
        except UNREACHABLE_ERRORS as error:
            log.warning(failure_event, reason=str(error)[:500])
        await asyncio.sleep(every_s)


class Supervisor:
    """Runs parts until cancelled; the failure of one never ends another, nor the process.

    Args:
        sleep: Waits before a restart.

    Attributes:
        failing: Names of the parts that have failed and wait for their restart.
    """

    def __init__(self, *, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep
        self.failing: set[str] = set()

    async def keep_running(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a part; whenever it fails or ends by itself, run it again after a while.

        Args:
            run: Starts the part; may be called again after it has ended.
        """
        clock, attempt = asyncio.get_running_loop().time, 0
        while True:
            started_at = clock()
            PARTS_UP.labels(name).set(1)
            self.failing.discard(name)
            await self._run_once(name, run)
            attempt = 0 if clock() - started_at >= STABLE_AFTER_S else attempt
            self.failing.add(name)
            PARTS_UP.labels(name).set(0)
            PART_RESTARTS.labels(name).inc()
            await self._sleep(RESTART_AFTER_S[min(attempt, len(RESTART_AFTER_S) - 1)])
            attempt += 1

    @staticmethod
    async def _run_once(name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await run()
        except Exception:  # one part must not end the others
            log.exception("part_failed", part=name)
        else:
            log.error("part_ended", part=name)
