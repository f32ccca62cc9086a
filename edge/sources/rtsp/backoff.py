"""Exponential backoff with jitter between two connections to a camera."""

from collections.abc import Callable

from edge.errors import StreamFault

FIRST_DELAY_S, MAX_DELAY_S = 1.0, 30.0
"""Delay before the first reconnection, and the limit up to which it doubles."""
MAX_CREDENTIALS_DELAY_S = 300.0
"""Limit after refused credentials: cameras lock accounts after repeated failures."""
STABLE_AFTER_S = 2.0
"""A connection that lasts longer resets the backoff."""


class Backoff:
    """Delays that double after each failure, each shortened by up to half at random.

    Args:
        jitter: Returns random numbers from 0 to 1.
    """

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._failures = 0

    def next_delay_s(self, fault: StreamFault, *, connected_s: float = 0.0) -> float:
        """Return how many seconds to wait before the next connection.

        Args:
            connected_s: How long the last connection lasted.
        """
        self._failures = 1 if connected_s > STABLE_AFTER_S else self._failures + 1
        is_refused = fault is StreamFault.CREDENTIALS
        longest = MAX_CREDENTIALS_DELAY_S if is_refused else MAX_DELAY_S
        first = MAX_DELAY_S if is_refused else FIRST_DELAY_S
        delay = min(first * 2.0 ** min(self._failures - 1, 20), longest)
        return delay * (1 - self._jitter() / 2)
