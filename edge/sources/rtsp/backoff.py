"""How long to wait before a camera is called again."""

from collections.abc import Callable

from edge.errors import StreamFault

FIRST, LONGEST = 1.0, 30.0
"""Seconds before the second call, and between later ones; doubled from one to the next."""
LOCKED_OUT = 300.0
"""Longest, in seconds, for a refused password: cameras lock out who tries it too often."""
SOUND = 2.0
"""Seconds that a connection must hold for the pauses to begin anew."""


class Backoff:
    """Pauses that grow, each shortened by up to half, so that cameras do not call in step.

    Args:
        jitter: Draws from 0 to 1.
    """

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._failed = 0

    def pause(self, fault: StreamFault, *, held: float = 0.0) -> float:
        """Say for how many seconds to wait now.

        Args:
            held: Seconds for which there was a connection.
        """
        self._failed = 1 if held > SOUND else self._failed + 1
        longest = LOCKED_OUT if fault is StreamFault.CREDENTIALS else LONGEST
        first = LONGEST if fault is StreamFault.CREDENTIALS else FIRST
        pause = min(first * 2.0 ** min(self._failed - 1, 20), longest)
        return pause * (1 - self._jitter() / 2)
