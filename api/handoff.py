"""From a thread to the event loop: items one by one in, batches out."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Handoff(Generic[Item]):
    """A queue with one writing thread and one reading task.

    It has no bound of its own: who writes must be held back by other means, as the broker
    is by the receive maximum.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._items: deque[Item] = deque()
        self._filled = asyncio.Event()
        self._is_told = False

    def put(self, item: Item) -> None:
        """Add an item, from the thread; the loop is woken only if it may be asleep."""
        self._items.append(item)
        if not self._is_told:
            self._is_told = True
            self._loop.call_soon_threadsafe(self._filled.set)

    async def take(self, limit: int) -> list[Item]:
        """Wait for the first item, then take what is there, up to ``limit``, in order.

        Under load the next batch grows while the last is worked on; a lone item never waits.
        """
        while not self._items:
            self._filled.clear()
            self._is_told = False
            if not self._items:  # or it came between the two lines
                await self._filled.wait()
        return [self._items.popleft() for _ in range(min(limit, len(self._items)))]

    def clear(self) -> None:
        """Forget what is waiting."""
        self._items.clear()
