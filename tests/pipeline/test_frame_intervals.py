"""Which times between two frames are gaps."""

from datetime import timedelta

from pipeline.frame_intervals import FrameIntervals


def gaps(*seconds: float) -> list[int]:
    intervals = FrameIntervals(timedelta(seconds=5))
    return [number for number, s in enumerate(seconds) if intervals.is_gap(timedelta(seconds=s))]


def test_a_stall_of_a_usual_camera_is_a_gap() -> None:
    assert gaps(0.2, 0.2, 0.2, 6, 0.2, 0.2, 4) == [3]


def test_a_slow_camera_has_no_gap_at_each_step() -> None:
    assert gaps(*[6] * 10) == [0]


def test_a_stall_of_a_slow_camera_is_a_gap() -> None:
    assert gaps(6, 6, 6, 6, 40, 6, 6) == [0, 4]


def test_after_a_long_outage_a_usual_camera_stalls_again() -> None:
    assert gaps(0.2, 0.2, 0.2, 600, 0.2, 0.2, 600) == [3, 6]


def test_frames_that_are_too_rare_are_gaps() -> None:
    assert gaps(*[60] * 5) == [0, 1, 2, 3, 4]
