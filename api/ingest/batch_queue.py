"""Queue single items and take them in batches."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class BatchQueue(Generic[Item]):
    """A queue whose reader takes everything that arrived while it was busy.

    The queue itself is unbounded: the broker's receive maximum limits how many messages are
    unacknowledged, and so how many are in the queue.
    """

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._filled = asyncio.Event()

    def put(self, item: Item) -> None:
        """Add an item."""
        self._items.append(item)
        self._filled.set()

    async def take_batch(self, limit: int) -> list[Item]:
        """Wait for the first item, then return up to ``limit`` items in order.

        Under load the next batch grows while one is processed; a single item never waits.
        """
        await self._filled.wait()
        batch = [self._items.popleft() for _ in range(min(limit, len(self._items)))]
        if not self._items:
            self._filled.clear()
        return batch
