"""Room for one thing between two threads: the freshest wins."""

import threading
from time import monotonic
from typing import Generic, TypeVar

Item = TypeVar("Item")


class LatestSlot(Generic[Item]):
    """A queue of one whose old content gives way to the new."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: Item | None = None

    def put(self, item: Item) -> Item | None:
        """Put it in; gives back what nobody has taken."""
        with self._changed:
            left, self._item = self._item, item
            self._changed.notify()
        return left

    def take(self, timeout_s: float) -> Item | None:
        """Take what is in, waiting up to ``timeout_s`` seconds; ``None`` if nothing came."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None, timeout_s)
            item, self._item = self._item, None
            self._changed.notify()
        return item

    def wait_until_taken(self, timeout_s: float) -> float:
        """Wait up to ``timeout_s`` seconds until nothing is in; gives the seconds that are left."""
        until = monotonic() + timeout_s
        with self._changed:
            self._changed.wait_for(lambda: self._item is None, timeout_s)
        return max(until - monotonic(), 0.0)
