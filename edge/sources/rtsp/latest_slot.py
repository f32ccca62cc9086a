"""Room for one thing between two threads: the freshest wins."""

import threading
from time import monotonic
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Slot(Generic[Item]):
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

    def take(self, within: float) -> Item | None:
        """Take what is in, waiting up to ``within`` seconds; ``None`` if nothing came."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None, within)
            item, self._item = self._item, None
            self._changed.notify()
        return item

    def wait_until_taken(self, within: float) -> float:
        """Wait up to ``within`` seconds until nothing is in; gives the seconds that are left."""
        until = monotonic() + within
        with self._changed:
            self._changed.wait_for(lambda: self._item is None, within)
        return max(until - monotonic(), 0.0)
