"""Track the rows that were sent and decide when to send them again; no input or output."""

import math
from dataclasses import dataclass

from edge.outbox.outbox import OutboxRow
from pipeline.wire import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential backoff between two attempts to send a row, in seconds."""

    initial_s: float = 5.0
    max_s: float = 60.0

    def delay_s(self, attempts: int) -> float:
        """Return how long to wait for a receipt after so many attempts."""
        return min(self.initial_s * 2.0 ** min(attempts - 1, 16), self.max_s)


@dataclass(slots=True)
class _SentRow:
    row: OutboxRow
    sent_at: float
    attempts: int = 1


class InFlightRows:
    """Rows that were sent and have no receipt yet. Times are seconds of a monotonic clock.

    Args:
        limit: How many may be in flight; further rows stay in the outbox.
    """

    def __init__(self, *, limit: int, retry: RetryPolicy) -> None:
        self._limit = limit
        self._retry = retry
        self._sent: dict[tuple[str, int], _SentRow] = {}

    def __len__(self) -> int:
        """Return how many rows are in flight."""
        return len(self._sent)

    @property
    def row_ids(self) -> set[int]:
        """``row_id`` of each row in flight."""
        return {sent.row.row_id for sent in self._sent.values()}

    @property
    def free_slots(self) -> int:
        """How many more rows may be sent."""
        return max(self._limit - len(self._sent), 0)

    def clear(self) -> None:
        """Forget all rows: on a new connection every row is sent again."""
        self._sent.clear()

    def record_sent(self, row: OutboxRow, at: float) -> None:
        """Record an attempt to send ``row``."""
        key = (row.boot_id, row.seq)
        previous = self._sent.get(key)
        self._sent[key] = _SentRow(row, at, previous.attempts + 1 if previous else 1)

    def overdue_rows(self, at: float) -> list[OutboxRow]:
        """Return the rows to send again, the most important first."""
        return sorted(sent.row for sent in self._sent.values() if self._due_at(sent) <= at)

    def next_due_at(self) -> float | None:
        """Return when the next row becomes overdue; ``None`` if no row is in flight."""
        return min(map(self._due_at, self._sent.values()), default=None)

    def expedite(self, boot_id: str, first: int, last: int) -> None:
        """Make the rows of a boot, from ``first`` to ``last``, overdue at once."""
        for (boot, seq), sent in self._sent.items():
            if boot == boot_id and first <= seq <= last:
                sent.sent_at = -math.inf

    def apply_receipt(self, receipt: Receipt) -> float | None:
        """Remove the rows that ``receipt`` answers.

        The backoff of all other rows restarts, since the centre is reachable.

        Returns:
            When the last answered row was sent. Rows sent more than once do not count, as it is
            unknown which attempt was answered; ``None`` if no row counts.
        """
        listed = {*receipt.also, *(rejection.seq for rejection in receipt.rejected)}
        answered = [
            self._sent.pop(key)
            for key in list(self._sent)
            if key[0] == receipt.boot_id and (key[1] <= receipt.acked_seq or key[1] in listed)
        ]
        for sent in self._sent.values():
            sent.attempts = 1
        return max((sent.sent_at for sent in answered if sent.attempts == 1), default=None)

    def _due_at(self, sent: _SentRow) -> float:
        return sent.sent_at + self._retry.delay_s(sent.attempts)
