"""The state of absent subjects expires."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.tracking.subject_expiry import SubjectExpiry
from tests.pipeline.builders import after

SECONDS = st.floats(0.1, 40)
SUBJECTS = st.frozensets(st.integers(1, 5))


@given(st.lists(st.tuples(SECONDS, SUBJECTS), max_size=12))
def test_each_subject_expires_after_half_a_minute(
    steps: list[tuple[float, frozenset[int]]],
) -> None:
    expiry, at, last_seen = SubjectExpiry(timedelta(seconds=30)), 0.0, dict[int, float]()
    for seconds, present in steps:
        at += seconds
        last_seen.update(dict.fromkeys(present, at))
        late = {
            n
            for n, seen_at in last_seen.items()
            if after(at) - after(seen_at) > timedelta(seconds=30)
        }
        for subject in late:
            del last_seen[subject]

        assert (
            set(expiry.push(after(at), {n: row for row, n in enumerate(sorted(present))})) == late
        )
