"""Hand the latest item from one thread to another."""

import threading
from time import monotonic
from typing import Generic, TypeVar

Item = TypeVar("Item")


class LatestSlot(Generic[Item]):
    """A queue of length one in which a new item replaces the old one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: Item | None = None

    def put(self, item: Item) -> Item | None:
        """Put an item in and return the one that it replaces."""
        with self._changed:
            replaced, self._item = self._item, item
            self._changed.notify()
        return replaced

    def take(self, timeout_s: float) -> Item | None:
        """Take the item, waiting up to ``timeout_s``; return ``None`` if there is none."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None, timeout_s)
            item, self._item = self._item, None
            self._changed.notify()
        return item

    def wait_until_taken(self, timeout_s: float) -> float:
        """Wait up to ``timeout_s`` until the slot is empty; return the seconds left."""
        deadline = monotonic() + timeout_s
        with self._changed:
            self._changed.wait_for(lambda: self._item is None, timeout_s)
        return max(deadline - monotonic(), 0.0)
