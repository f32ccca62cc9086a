"""Keep costly results for some minutes, so that a page that is reloaded costs nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, TypeVar

Result = TypeVar("Result")
Key = tuple[Hashable, ...]

KEPT_FOR = timedelta(minutes=5)
MAX_KEPT = 50
"""Results of this process; the oldest goes first."""


class RecentResults:
    """The costly results of a process, by what was asked."""

    def __init__(self) -> None:
        self._kept: dict[Key, tuple[datetime, Any]] = {}
        self._turn = asyncio.Lock()

    async def get(
        self,
        key: Key,
        compute: Callable[[], Awaitable[Result]],
        *,
        is_costly: Callable[[Result], bool],
        now: datetime,
    ) -> Result:
        """Return a recent result, or compute it: one after the other, each once.

        Args:
            key: What was asked, and what the account may see.
            is_costly: Whether a result is worth keeping.
        """
        async with self._turn:
            if (kept := self._kept.pop(key, None)) and kept[0] <= now < kept[0] + KEPT_FOR:
                self._kept[key] = kept
                found: Result = kept[1]
                return found
            result = await compute()
            if is_costly(result):
                self._kept[key] = (now, result)
                if len(self._kept) > MAX_KEPT:
                    del self._kept[next(iter(self._kept))]
            return result

    def forget(self, kind: Hashable) -> None:
        """Forget the results whose key begins with ``kind``."""
        self._kept = {key: kept for key, kept in self._kept.items() if key[0] != kind}
