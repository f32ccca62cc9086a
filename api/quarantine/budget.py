"""How many refused messages of one sender are stored and answered. Pure."""

from datetime import datetime

BURST = 100
REFILL_PER_S = 1.0
MAX_PER_S_WHILE_LOUD = 2.0
"""Messages of a loud sender that are still processed: it is seen when it has recovered."""
MAX_PER_S_AMONG_FORGED = 200.0
UNKNOWN_SENDER = ""
"""The sender of all messages that no enrolled node has signed."""


class RefusalBudget:
    """A token bucket per sender: a sender that sends nothing but faults costs hardly anything.

    A sender whose bucket has run empty is loud until half of it is full again; ``admits`` lets only
    some of its messages in, and the others cost no more than being received.

    A refused message within the budget is kept and gets a receipt; one beyond it is counted only.
    Its node sends it again after a while, as it does with every message without a receipt.
    """

    def __init__(self, *, burst: float = BURST, refill_per_s: float = REFILL_PER_S) -> None:
        self._burst = burst
        self._refill_per_s = refill_per_s
        self._buckets: dict[str, tuple[float, datetime]] = {}
        self._loud: set[str] = set()
        self._admitted: dict[str, tuple[float, datetime]] = {}

    def take(self, sender: str, *, now: datetime) -> bool:
        """Use one token; return ``False`` if there is none.

        Args:
            sender: An enrolled node, or ``UNKNOWN_SENDER``: there are no more buckets than those.
        """
        tokens = self._tokens(sender, now)
        is_within = tokens >= 1
        self._buckets[sender] = (tokens - is_within, now)
        if not is_within:
            self._loud.add(sender)
        return is_within

    def admits(self, sender: str, *, now: datetime) -> bool:
        """Return whether to process a message that seems to come from a sender.

        Args:
            sender: By the topic, which nobody has verified yet. While unknown senders are loud,
                it may be one of them, and every sender has ``MAX_PER_S_AMONG_FORGED``.
        """
        if self._is_loud(sender, now):
            return self._take_admission(sender, MAX_PER_S_WHILE_LOUD, now)
        if self._is_loud(UNKNOWN_SENDER, now):
            return self._take_admission(sender, MAX_PER_S_AMONG_FORGED, now)
        return True

    def is_anybody_loud(self, *, now: datetime) -> bool:
        """Return whether any sender is loud."""
        return bool(self.loud_senders(now=now))

    def loud_senders(self, *, now: datetime) -> frozenset[str]:
        """Return all loud senders."""
        return frozenset(sender for sender in tuple(self._loud) if self._is_loud(sender, now))

    def _is_loud(self, sender: str, now: datetime) -> bool:
        if sender not in self._loud:
            return False
        if self._tokens(sender, now) >= self._burst / 2:
            self._loud.discard(sender)
            self._admitted.pop(sender, None)
            return False
        return True

    def _tokens(self, sender: str, now: datetime) -> float:
        tokens, before = self._buckets.get(sender, (self._burst, now))
        elapsed_s = max(0.0, (now - before).total_seconds())
        return min(self._burst, tokens + elapsed_s * self._refill_per_s)

    def _take_admission(self, sender: str, per_s: float, now: datetime) -> bool:
        tokens, before = self._admitted.get(sender, (per_s, now))
        elapsed_s = max(0.0, (now - before).total_seconds())
        tokens = min(per_s, tokens + elapsed_s * per_s)
        is_admitted = tokens >= 1
        self._admitted[sender] = (tokens - is_admitted, now)
        return is_admitted
