"""What is on its way is sent again in time, and never twice at once."""

from hypothesis import given
from hypothesis import strategies as st

from edge.outbox.outbox import OutboxRow
from edge.outbox.retry import InFlightRows, RetryPolicy
from pipeline.wire import Receipt

PATIENCE = RetryPolicy(initial_s=5, max_s=60)


def a_row(seq: int, boot: str = "boot-a") -> OutboxRow:
    return OutboxRow(0, seq, boot, seq, "topic", b"{}", "")


def in_flight(*seqs: int, at: float = 0) -> InFlightRows:
    window = InFlightRows(limit=10, retry=PATIENCE)
    for seq in seqs:
        window.record_sent(a_row(seq), at)
    return window


def test_a_row_is_due_again_after_five_seconds_then_ten_up_to_a_minute() -> None:
    waits = [PATIENCE.delay_s(attempt) for attempt in range(1, 7)]

    assert waits == [5, 10, 20, 40, 60, 60]


def test_nothing_is_due_before_its_time() -> None:
    window = in_flight(1)

    assert (window.overdue_rows(4.9), window.overdue_rows(5)) == ([], [a_row(1)])


def test_a_receipt_strikes_off_what_it_names() -> None:
    window = in_flight(1, 2, 3, 4)

    window.apply_receipt(Receipt(boot_id="boot-a", acked_seq=1, also=(3,)))
    window.apply_receipt(Receipt(boot_id="boot-b", acked_seq=9))

    assert window.overdue_rows(99) == [a_row(2), a_row(4)]


def test_a_centre_that_answers_again_gets_the_rest_soon() -> None:
    window = in_flight(1, 2)
    for at in (5, 15, 35, 75):
        window.record_sent(a_row(2), at)
    assert window.overdue_rows(100) == [a_row(1)]

    window.apply_receipt(Receipt(boot_id="boot-a", acked_seq=1))

    assert window.next_due_at() == 80


@given(seqs=st.sets(st.integers(1, 30)), acked=st.integers(0, 30))
def test_room_and_rows_on_their_way_make_up_the_limit(seqs: set[int], acked: int) -> None:
    window = InFlightRows(limit=20, retry=PATIENCE)
    for seq in seqs:
        window.record_sent(a_row(seq), 0)

    window.apply_receipt(Receipt(boot_id="boot-a", acked_seq=acked))

    assert len(window) == len({seq for seq in seqs if seq > acked})
    assert window.free_slots == max(20 - len(window), 0)
