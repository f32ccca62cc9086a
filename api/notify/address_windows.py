"""Decide how many requests may wait for each address, by how fast it answers. Pure.

An address that does not answer holds each request until its timeout. With few of them in flight,
it takes little of what all addresses share.
"""

from collections import Counter

START = 8
MAX_PER_ADDRESS = 32
MAX_IN_FLIGHT = 256
"""Requests in flight to all addresses."""
FAST_S = 1.0
MAX_REMEMBERED = 10_000
"""Addresses whose limit is remembered; the one that changed first is forgotten first."""


class AddressWindows:
    """Counts the requests in flight and adapts the limit of each address.

    A request that is accepted within ``FAST_S`` raises the limit of its address by one; one that
    fails or takes longer halves it.
    """

    def __init__(self) -> None:
        self._in_flight: Counter[str] = Counter()
        self._limits: dict[str, int] = {}

    @property
    def free(self) -> int:
        """How many more requests may start, to whatever address."""
        return max(0, MAX_IN_FLIGHT - self._in_flight.total())

    def room(self, address: str) -> int:
        """Return how many more requests to ``address`` may start."""
        return max(0, self._limits.get(address, START) - self._in_flight[address])

    def rooms(self) -> dict[str, int]:
        """Return the room of every address that differs from ``START``."""
        return {address: self.room(address) for address in {*self._in_flight, *self._limits}}

    def start(self, address: str) -> None:
        """Count a request that starts."""
        self._in_flight[address] += 1

    def finish(self, address: str, *, seconds: float, is_sent: bool) -> None:
        """Count a request that has ended after ``seconds``, and adapt the limit of its address."""
        self._in_flight[address] -= 1
        if not self._in_flight[address]:
            del self._in_flight[address]
        limit = self._limits.pop(address, START)
        is_fast = is_sent and seconds <= FAST_S
        limit = min(limit + 1, MAX_PER_ADDRESS) if is_fast else max(limit // 2, 1)
        if limit != START:
            self._limits[address] = limit
        if len(self._limits) > MAX_REMEMBERED:
            del self._limits[next(iter(self._limits))]
