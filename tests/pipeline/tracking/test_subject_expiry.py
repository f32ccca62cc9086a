"""State of absent subjects expires."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.tracking.subject_expiry import SubjectExpiry
from tests.pipeline.builders import after

SECONDS = st.floats(0.1, 40)
WHO = st.frozensets(st.integers(1, 5))


@given(st.lists(st.tuples(SECONDS, WHO), max_size=12))
def test_each_subject_expires_after_half_a_minute(
    film: list[tuple[float, frozenset[int]]],
) -> None:
    absent, at, seen = SubjectExpiry(timedelta(seconds=30)), 0.0, dict[int, float]()
    for seconds, here in film:
        at += seconds
        seen.update(dict.fromkeys(here, at))
        late = {
            n for n, seen_at in seen.items() if after(at) - after(seen_at) > timedelta(seconds=30)
        }
        for subject in late:
            del seen[subject]

        assert set(absent.push(after(at), {n: row for row, n in enumerate(sorted(here))})) == late
