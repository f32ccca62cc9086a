"""Line crossings and occupancy."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from pipeline.geometry.shapes import Line, Point
from pipeline.scene.line_crossing import Direction, LineCrossingDetector, Occupancy
from pipeline.track import Track
from tests.pipeline.builders import a_track, a_track_set, after

# From left to right the inside is on the right: below, in the picture.
LINE = Line("door", Point(0.2, 0.5), Point(0.8, 0.5))


def walk(*feet: tuple[float, float]) -> list[Direction | None]:
    """Return the direction reported for a person after each step."""
    crossings = LineCrossingDetector(LINE)
    steps = enumerate(feet)
    return [crossed(crossings, n, a_track(x=x, y=y)).get(1) for n, (x, y) in steps]


def crossed(crossings: LineCrossingDetector, at: float, *tracks: Track) -> Mapping[int, Direction]:
    return crossings.push(after(at), a_track_set(*tracks)).directions


def test_down_the_picture_is_inward_here() -> None:
    assert walk((0.5, 0.4), (0.5, 0.6), (0.5, 0.9)) == [None, Direction.INWARD, Direction.INWARD]


def test_up_the_picture_is_outward_here() -> None:
    assert walk((0.5, 0.6), (0.5, 0.4)) == [None, Direction.OUTWARD]


def test_coming_back_is_a_crossing_in_the_other_direction() -> None:
    assert walk((0.5, 0.4), (0.5, 0.6), (0.5, 0.4)) == [None, Direction.INWARD, Direction.OUTWARD]


def test_walking_around_the_end_is_no_crossing() -> None:
    assert walk((0.9, 0.4), (0.9, 0.6), (0.5, 0.6)) == [None, None, None]


def test_a_trembling_box_on_the_line_does_not_cross() -> None:
    assert set(walk(*[(0.5, 0.49), (0.5, 0.51)] * 10)) == {None}


def test_a_subject_lingering_on_the_line_crosses_once_it_is_over() -> None:
    directions = walk((0.5, 0.4), (0.5, 0.495), (0.5, 0.505), (0.5, 0.53))

    assert directions == [None, None, None, Direction.INWARD]


def test_a_subject_unseen_on_the_line_still_crosses() -> None:
    crossings = LineCrossingDetector(LINE)
    crossed(crossings, 0, a_track(y=0.4))
    crossed(crossings, 1)

    assert crossed(crossings, 5, a_track(y=0.6)) == {1: Direction.INWARD}


def test_the_side_is_forgotten_after_half_a_minute() -> None:
    crossings = LineCrossingDetector(LINE)
    crossed(crossings, 0, a_track(y=0.4))
    crossed(crossings, 31)

    assert crossed(crossings, 32, a_track(y=0.6)) == {}


def test_a_coasting_track_does_not_cross() -> None:
    crossings = LineCrossingDetector(LINE)
    crossed(crossings, 0, a_track(y=0.4))
    expected = replace(a_track(y=0.6), is_coasting=True)

    assert crossed(crossings, 1, expected) == {}
    assert crossed(crossings, 2, a_track(y=0.6)) == {1: Direction.INWARD}


def people(first: int, last: int, y: float) -> list[Track]:
    return [a_track(subject=n, x=0.3 + n / 50, y=y) for n in range(first, last + 1)]


def test_occupancy_is_in_minus_out_over_all_lines() -> None:
    ways = [*through(people(1, 5, y=0.4), people(1, 5, y=0.6))]
    ways += through(people(1, 2, y=0.6), people(1, 2, y=0.4))

    assert ways == [Direction.INWARD] * 5 + [Direction.OUTWARD] * 2
    assert counted(ways) == 3


def through(*frames: list[Track]) -> list[Direction]:
    """Who crosses a fresh line in each frame, in order."""
    line = LineCrossingDetector(LINE)
    each = [line.push(after(n), a_track_set(*tracks)).new for n, tracks in enumerate(frames)]
    return [way for now in each for _, way in now]


def counted(ways: list[Direction]) -> int:
    tally = Occupancy()
    for way in ways:
        tally.push(way)
    return tally.count


@pytest.mark.parametrize("leaving", [1, 4])
def test_occupancy_is_never_negative(leaving: int) -> None:
    ways = through(people(1, leaving, y=0.6), people(1, leaving, y=0.4))

    assert counted(ways) == 0
