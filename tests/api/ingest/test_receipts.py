from hypothesis import given
from hypothesis import strategies as st

from api.ingest.receipts import advance_ack


@given(batches=st.lists(st.sets(st.integers(1, 60), min_size=1), min_size=1, max_size=6))
def test_a_receipt_names_exactly_what_is_stored(batches: list[set[int]]) -> None:
    acked_seq, also = 0, list[int]()
    for batch in batches:
        acked_seq, also = advance_ack(acked_seq, also, batch)

    assert set(range(1, acked_seq + 1)) | set(also) == set[int]().union(*batches)
    assert acked_seq + 1 not in also


def test_a_backlog_sent_by_importance_leaves_no_gap() -> None:
    """Send every fifth number first, as a node does after a day without a broker."""
    sent = sorted(range(1, 50_001), key=lambda seq: (seq % 5 > 0, seq))
    acked_seq, also = 0, list[int]()
    for first in range(0, len(sent), 500):
        acked_seq, also = advance_ack(acked_seq, also, sent[first : first + 500])

    assert (acked_seq, also) == (50_000, [])
