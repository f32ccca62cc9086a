"""Queue single items of many senders and take them in batches, in turns."""

import asyncio
from collections import OrderedDict, deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class BatchQueue(Generic[Item]):
    """A queue whose reader takes everything that arrived while it was busy.

    Senders take turns: an item of a sender that sends little never waits for the many items of
    another.

    Args:
        max_per_sender: Items of one sender that may wait; its oldest is dropped for a newer one.
            ``None`` for no limit of its own, where the broker's receive maximum limits them.
    """

    def __init__(self, *, max_per_sender: int | None = None) -> None:
        self._by_sender: OrderedDict[str, deque[Item]] = OrderedDict()
        self._max_per_sender = max_per_sender
        self._filled = asyncio.Event()

    def put(self, item: Item, *, sender: str) -> bool:
        """Add an item; return ``False`` if an older one of the sender was dropped for it."""
        items = self._by_sender.setdefault(sender, deque(maxlen=self._max_per_sender))
        had_room = len(items) != self._max_per_sender
        items.append(item)
        self._filled.set()
        return had_room

    def discard(self, sender: str) -> int:
        """Drop all items of a sender and return how many there were."""
        n_dropped = len(self._by_sender.pop(sender, ()))
        if not self._by_sender:
            self._filled.clear()
        return n_dropped

    async def take_batch(self, limit: int) -> list[Item]:
        """Wait for the first item, then return up to ``limit`` items, one of each sender in turn.

        Under load the next batch grows while one is processed; a single item never waits. The
        items of one sender stay in order.
        """
        await self._filled.wait()
        batch: list[Item] = []
        while self._by_sender and len(batch) < limit:
            sender, items = self._by_sender.popitem(last=False)
            batch.append(items.popleft())
            if items:
                self._by_sender[sender] = items
        if not self._by_sender:
            self._filled.clear()
        return batch
