"""Stream times converted to UTC: unaffected by the network, corrected after a jump."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.sources.rtsp.pts_clock import PtsClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def seconds(at: datetime) -> float:
    return (at - NOON).total_seconds()


@given(st.lists(st.floats(0, 5), min_size=2, max_size=200))
def test_network_delays_do_not_change_frame_times(delays: list[float]) -> None:
    anchor = PtsClock()

    times = [
        anchor.to_utc(7 + Fraction(n, 10), after(n / 10 + delay))
        for n, delay in enumerate([0.0, *delays])
    ]

    assert [round(seconds(at), 3) for at in times] == [n / 10 for n in range(len(times))]


@given(burst=st.integers(1, 40), rest=st.integers(20, 40))
def test_a_burst_at_the_start_is_corrected_by_the_following_frames(burst: int, rest: int) -> None:
    anchor, late = PtsClock(), burst / 10

    times = [anchor.to_utc(Fraction(n, 10), after(max(n / 10, late))) for n in range(burst + rest)]

    assert all(abs(seconds(at) - n / 10) <= 0.11 for n, at in enumerate(times) if n > burst)


def test_drifting_clocks_are_corrected() -> None:
    anchor = PtsClock()
    faster = Fraction(1001, 1000)

    off = [seconds(anchor.to_utc(n * faster, after(n))) - n for n in range(3600)]

    assert max(map(abs, off)) < 0.7
    assert 10 < anchor.corrections < 60


def test_a_jump_of_the_stream_starts_a_new_time_base() -> None:
    anchor = PtsClock()

    times = [
        anchor.to_utc(Fraction(pts), after(n)) for n, pts in enumerate([5, 6, 95443, 95444, 1, 2])
    ]

    assert [seconds(at) for at in times] == [0, 1, 2, 3, 4, 5]
    assert anchor.corrections == 2


def test_frame_times_follow_a_node_clock_that_is_set() -> None:
    anchor = PtsClock()
    anchor.to_utc(Fraction(0), datetime(1970, 1, 1, tzinfo=UTC))

    assert anchor.to_utc(Fraction(1), after(1)) == after(1)


def test_a_new_connection_starts_a_new_time_base() -> None:
    anchor = PtsClock()
    first = [anchor.to_utc(Fraction(n), after(n)) for n in range(3)]
    anchor.reset()
    second = [anchor.to_utc(Fraction(n), after(n + 8)) for n in range(3)]

    assert [(late - early).total_seconds() for early, late in pairwise([*first, *second])] == [
        1,
        1,
        6,
        1,
        1,
    ]
    assert anchor.corrections == 0


def test_frames_whose_timestamps_stand_still_are_dated_by_their_arrival() -> None:
    anchor = PtsClock()

    times = [anchor.to_utc(Fraction(5), after(n / 10)) for n in range(100)]

    assert anchor.stands_still
    assert [seconds(at) for at in times[20:23]] == [2.0, 2.1, 2.2]
    assert seconds(anchor.to_utc(Fraction(6), after(11))) < 11.1
    assert not anchor.stands_still
