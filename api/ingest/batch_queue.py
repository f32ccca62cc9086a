"""Items one by one in, batches out."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class BatchQueue(Generic[Item]):
    """A queue whose reader takes all that came while it was busy.

    It has no bound of its own: who writes must be held back by other means, as the broker
    is by the receive maximum.
    """

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._filled = asyncio.Event()

    def put(self, item: Item) -> None:
        """Add an item."""
        self._items.append(item)
        self._filled.set()

    async def take_batch(self, limit: int) -> list[Item]:
        """Wait for the first item, then take what is there, up to ``limit``, in order.

        Under load the next batch grows while the last is worked on; a lone item never waits.
        """
        await self._filled.wait()
        taken = [self._items.popleft() for _ in range(min(limit, len(self._items)))]
        if not self._items:
            self._filled.clear()
        return taken
