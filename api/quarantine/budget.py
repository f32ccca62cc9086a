"""How many refused messages of one sender are stored and answered. Pure."""

from datetime import datetime

BURST = 100
REFILL_PER_S = 1.0
UNKNOWN_SENDER = ""
"""The sender of all messages that no enrolled node has signed."""


class RefusalBudget:
    """A token bucket per sender: a sender that sends nothing but faults costs hardly anything.

    A refused message within the budget is kept and gets a receipt; one beyond it is counted only.
    Its node sends it again after a while, as it does with every message without a receipt.
    """

    def __init__(self, *, burst: float = BURST, refill_per_s: float = REFILL_PER_S) -> None:
        self._burst = burst
        self._refill_per_s = refill_per_s
        self._buckets: dict[str, tuple[float, datetime]] = {}

    def take(self, sender: str, *, now: datetime) -> bool:
        """Use one token; return ``False`` if there is none.

        Args:
            sender: An enrolled node, or ``UNKNOWN_SENDER``: there are no more buckets than those.
        """
        tokens, before = self._buckets.get(sender, (self._burst, now))
        elapsed_s = max(0.0, (now - before).total_seconds())
        tokens = min(self._burst, tokens + elapsed_s * self._refill_per_s)
        is_within = tokens >= 1
        self._buckets[sender] = (tokens - is_within, now)
        return is_within
