"""Frame times of recordings with sound, wrong, and missing timestamps."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from edge.sources.recording_clock import RecordingClock

TENTH = Fraction(1, 10)


def date(*timestamps: float | None) -> list[float | None]:
    clock = RecordingClock(TENTH)
    dated = [clock.date(None if t is None else Fraction(str(t))) for t in timestamps]
    return [None if seconds is None else float(seconds) for seconds in dated]


def test_times_count_from_the_first_frame() -> None:
    assert date(7, 7.1, 7.2) == [0, 0.1, 0.2]


def test_a_pause_of_the_recording_is_kept() -> None:
    assert date(0, 0.1, 60) == [0, 0.1, 60]


def test_without_timestamps_frames_are_dated_by_the_frame_rate() -> None:
    assert date(None, None, None) == [0, 0.1, 0.2]


def test_after_a_jump_back_time_goes_on() -> None:
    assert date(100, 100.1, 0, 0.1, 0.2) == [0, 0.1, 0.2, 0.3, 0.4]


def test_a_single_frame_out_of_order_is_left_out() -> None:
    assert date(0, 0.2, 0.1, 0.3) == [0, 0.2, None, 0.3]


def test_timestamps_that_stand_still_are_replaced() -> None:
    dated = date(*[5] * 40)

    assert dated[0] == 0
    assert dated[-1] is not None
    kept = [seconds for seconds in dated if seconds is not None]
    assert len(kept) > 5
    assert kept == sorted(set(kept))


@given(st.lists(st.none() | st.fractions(-1000, 1000, max_denominator=100), max_size=60))
def test_times_never_go_back(timestamps: list[Fraction | None]) -> None:
    clock = RecordingClock(TENTH)
    times = [seconds for t in timestamps if (seconds := clock.date(t)) is not None]

    assert times == sorted(set(times))
    if timestamps:
        assert times[0] == 0
