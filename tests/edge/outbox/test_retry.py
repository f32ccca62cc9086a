"""Rows in flight are sent again in time."""

from hypothesis import given
from hypothesis import strategies as st

from edge.outbox.outbox import OutboxRow
from edge.outbox.retry import InFlightRows, RetryPolicy
from pipeline.wire import Receipt

POLICY = RetryPolicy(initial_s=5, max_s=60)


def make_row(seq: int, boot: str = "boot-a") -> OutboxRow:
    return OutboxRow(0, seq, boot, seq, "topic", b"{}", "")


def in_flight(*seqs: int, at: float = 0) -> InFlightRows:
    rows = InFlightRows(limit=10, retry=POLICY)
    for seq in seqs:
        rows.record_sent(make_row(seq), at)
    return rows


def test_the_delay_doubles_from_five_seconds_to_a_minute() -> None:
    delays = [POLICY.delay_s(attempt) for attempt in range(1, 7)]

    assert delays == [5, 10, 20, 40, 60, 60]


def test_no_row_is_due_early() -> None:
    rows = in_flight(1)

    assert (rows.overdue_rows(4.9), rows.overdue_rows(5)) == ([], [make_row(1)])


def test_a_receipt_removes_the_rows_it_lists() -> None:
    rows = in_flight(1, 2, 3, 4)

    rows.apply_receipt(Receipt(boot_id="boot-a", acked_seq=1, also=(3,)))
    rows.apply_receipt(Receipt(boot_id="boot-b", acked_seq=9))

    assert rows.overdue_rows(99) == [make_row(2), make_row(4)]


def test_a_receipt_restarts_the_backoff_of_other_rows() -> None:
    rows = in_flight(1, 2)
    for at in (5, 15, 35, 75):
        rows.record_sent(make_row(2), at)
    assert rows.overdue_rows(100) == [make_row(1)]

    rows.apply_receipt(Receipt(boot_id="boot-a", acked_seq=1))

    assert rows.next_due_at() == 80


@given(seqs=st.sets(st.integers(1, 30)), acked=st.integers(0, 30))
def test_free_slots_and_rows_in_flight_add_up_to_the_limit(seqs: set[int], acked: int) -> None:
    rows = InFlightRows(limit=20, retry=POLICY)
    for seq in seqs:
        rows.record_sent(make_row(seq), 0)

    rows.apply_receipt(Receipt(boot_id="boot-a", acked_seq=acked))

    assert len(rows) == len({seq for seq in seqs if seq > acked})
    assert rows.free_slots == max(20 - len(rows), 0)
