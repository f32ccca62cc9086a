"""Which rows are on their way, and when to send them again; pure."""

import math
from dataclasses import dataclass

from edge.outbox.outbox import OutboxRow
from pipeline.wire import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long to wait for a receipt before sending again, in seconds."""

    initial_s: float = 5.0
    max_s: float = 60.0

    def delay_s(self, attempts: int) -> float:
        """Wait twice as long after each attempt, up to the longest."""
        return min(self.initial_s * 2.0 ** min(attempts - 1, 16), self.max_s)


@dataclass(slots=True)
class _SentRow:
    row: OutboxRow
    at: float
    attempts: int = 1


class InFlightRows:
    """Rows that were sent and have no receipt yet.

    Args:
        limit: How many at once; more wait in the outbox.
        retry: When to send again.
    """

    def __init__(self, *, limit: int, retry: RetryPolicy) -> None:
        self._limit = limit
        self._retry = retry
        self._sent: dict[tuple[str, int], _SentRow] = {}

    def __len__(self) -> int:
        """How many wait for a receipt."""
        return len(self._sent)

    @property
    def row_ids(self) -> set[int]:
        """Which rows wait for a receipt, by their ``n``."""
        return {each.row.row_id for each in self._sent.values()}

    @property
    def free_slots(self) -> int:
        """How many more may be sent."""
        return max(self._limit - len(self._sent), 0)

    def clear(self) -> None:
        """Forget all: the connection is new, and everything will be sent on it again."""
        self._sent.clear()

    def record_sent(self, row: OutboxRow, at: float) -> None:
        """Note that ``row`` went out at ``at``, seconds of a steady clock."""
        key = (row.boot_id, row.seq)
        known = self._sent.get(key)
        self._sent[key] = _SentRow(row, at, known.attempts + 1 if known else 1)

    def overdue_rows(self, at: float) -> list[OutboxRow]:
        """Give the rows whose receipt is overdue, the most important first."""
        return sorted(each.row for each in self._sent.values() if self._due(each) <= at)

    def next_due_at(self) -> float | None:
        """When the next receipt will be overdue; ``None`` if none is awaited."""
        return min(map(self._due, self._sent.values()), default=None)

    def expedite(self, boot_id: str, first: int, last: int) -> None:
        """Let rows of a boot, from number to number, be overdue now."""
        for (boot, seq), each in self._sent.items():
            if boot == boot_id and first <= seq <= last:
                each.at = -math.inf

    def apply_receipt(self, receipt: Receipt) -> float | None:
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

    def _due(self, each: _SentRow) -> float:
        return each.at + self._retry.delay_s(each.attempts)
