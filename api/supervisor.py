"""Keep the parts of a centre running: a part that fails is restarted alone, with back-off."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from api.metrics import PART_RESTARTS, PARTS_UP

RESTART_AFTER_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STABLE_AFTER_S = 60.0
"""A part that has run for so long has recovered: its next failure is its first again."""

Sleep = Callable[[float], Awaitable[None]]

log = structlog.get_logger(__name__)


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
