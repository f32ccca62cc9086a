"""Which rows are on their way, and when to send them again; pure."""

import math
from dataclasses import dataclass

from edge.outbox.outbox import Row
from pipeline.wire import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for a receipt before sending again, in seconds."""

    first: float = 5.0
    longest: float = 60.0

    def after(self, attempts: int) -> float:
        """Wait twice as long after each attempt, up to the longest."""
        return min(self.first * 2.0 ** min(attempts - 1, 16), self.longest)


@dataclass(slots=True)
class _Sent:
    row: Row
    at: float
    attempts: int = 1


class InFlight:
    """Rows that were sent and have no receipt yet.

    Args:
        limit: How many at once; more wait in the outbox.
        patience: When to send again.
    """

    def __init__(self, *, limit: int, patience: Patience) -> None:
        self._limit = limit
        self._patience = patience
        self._sent: dict[tuple[str, int], _Sent] = {}

    def __len__(self) -> int:
        """How many wait for a receipt."""
        return len(self._sent)

    @property
    def rows(self) -> set[int]:
        """Which rows wait for a receipt, by their ``n``."""
        return {each.row.n for each in self._sent.values()}

    @property
    def room(self) -> int:
        """How many more may be sent."""
        return max(self._limit - len(self._sent), 0)

    def clear(self) -> None:
        """Forget all: the connection is new, and everything will be sent on it again."""
        self._sent.clear()

    def sent(self, row: Row, at: float) -> None:
        """Note that ``row`` went out at ``at``, seconds of a steady clock."""
        key = (row.boot_id, row.seq)
        known = self._sent.get(key)
        self._sent[key] = _Sent(row, at, known.attempts + 1 if known else 1)

    def overdue(self, at: float) -> list[Row]:
        """Give the rows whose receipt is overdue, the most important first."""
        return sorted(each.row for each in self._sent.values() if self._due(each) <= at)

    def next_due(self) -> float | None:
        """When the next receipt will be overdue; ``None`` if none is awaited."""
        return min(map(self._due, self._sent.values()), default=None)

    def hurry(self, boot_id: str, first: int, last: int) -> None:
        """Let rows of a boot, from number to number, be overdue now."""
        for (boot, seq), each in self._sent.items():
            if boot == boot_id and first <= seq <= last:
                each.at = -math.inf

    def settle(self, receipt: Receipt) -> float | None:
        """Strike off what the centre has answered.

        A centre that answers is there: rows that had given up hope are due
        as early as a first attempt would be.

        Returns:
            When the last of them was sent, of those that were sent once; ``None`` for none.
        """
        named = {*receipt.also, *(each.seq for each in receipt.rejected)}
        answered = [
            self._sent.pop(key)
            for key in list(self._sent)
            if key[0] == receipt.boot_id and (key[1] <= receipt.acked_seq or key[1] in named)
        ]
        for each in self._sent.values():
            each.attempts = 1
        return max((each.at for each in answered if each.attempts == 1), default=None)

    def _due(self, each: _Sent) -> float:
        return each.at + self._patience.after(each.attempts)
