"""How long to wait before a camera is called again."""

from collections.abc import Callable

from edge.errors import StreamFault

FIRST_DELAY_S, MAX_DELAY_S = 1.0, 30.0
"""Seconds before the second call, and between later ones; doubled from one to the next."""
MAX_CREDENTIALS_DELAY_S = 300.0
"""Longest, in seconds, for a refused password: cameras lock out who tries it too often."""
STABLE_AFTER_S = 2.0
"""Seconds that a connection must hold for the pauses to begin anew."""


class Backoff:
    """Pauses that grow, each shortened by up to half, so that cameras do not call in step.

    Args:
        jitter: Draws from 0 to 1.
    """

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._failed = 0

    def next_delay_s(self, fault: StreamFault, *, connected_s: float = 0.0) -> float:
        """Say for how many seconds to wait now.

        Args:
            connected_s: Seconds for which there was a connection.
        """
        self._failed = 1 if connected_s > STABLE_AFTER_S else self._failed + 1
        longest = MAX_CREDENTIALS_DELAY_S if fault is StreamFault.CREDENTIALS else MAX_DELAY_S
        first = MAX_DELAY_S if fault is StreamFault.CREDENTIALS else FIRST_DELAY_S
        pause = min(first * 2.0 ** min(self._failed - 1, 20), longest)
        return pause * (1 - self._jitter() / 2)
