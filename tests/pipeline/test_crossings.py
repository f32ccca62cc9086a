"""Who crosses a line, and how many are inside."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from pipeline.geometry.shapes import Line, Point
from pipeline.scene.line_crossing import Crossings, Tally, Way
from pipeline.track import Track
from tests.pipeline.making import a_track, after, watched

# Who looks to the right along it has the inside on the right: below, in the picture.
LINE = Line("door", Point(0.2, 0.5), Point(0.8, 0.5))


def walk(*feet: tuple[float, float]) -> list[Way | None]:
    """What is said of one person after each step."""
    crossings = Crossings(LINE)
    steps = enumerate(feet)
    return [crossed(crossings, n, a_track(x=x, y=y)).get(1) for n, (x, y) in steps]


def crossed(crossings: Crossings, at: float, *tracks: Track) -> Mapping[int, Way]:
    return crossings.push(after(at), watched(*tracks)).ways


def test_down_the_picture_is_inward_here() -> None:
    assert walk((0.5, 0.4), (0.5, 0.6), (0.5, 0.9)) == [None, Way.INWARD, Way.INWARD]


def test_up_the_picture_is_outward_here() -> None:
    assert walk((0.5, 0.6), (0.5, 0.4)) == [None, Way.OUTWARD]


def test_who_comes_back_has_crossed_the_other_way() -> None:
    assert walk((0.5, 0.4), (0.5, 0.6), (0.5, 0.4)) == [None, Way.INWARD, Way.OUTWARD]


def test_who_walks_round_the_end_has_not_crossed() -> None:
    assert walk((0.9, 0.4), (0.9, 0.6), (0.5, 0.6)) == [None, None, None]


def test_who_stands_on_the_line_and_trembles_crosses_nothing() -> None:
    assert set(walk(*[(0.5, 0.49), (0.5, 0.51)] * 10)) == {None}


def test_who_lingers_on_the_line_crosses_when_he_is_over() -> None:
    told = walk((0.5, 0.4), (0.5, 0.495), (0.5, 0.505), (0.5, 0.53))

    assert told == [None, None, None, Way.INWARD]


def test_who_is_unseen_on_the_line_has_crossed_all_the_same() -> None:
    crossings = Crossings(LINE)
    crossed(crossings, 0, a_track(y=0.4))
    crossed(crossings, 1)

    assert crossed(crossings, 5, a_track(y=0.6)) == {1: Way.INWARD}


def test_after_half_a_minute_nobody_remembers_the_side() -> None:
    crossings = Crossings(LINE)
    crossed(crossings, 0, a_track(y=0.4))
    crossed(crossings, 31)

    assert crossed(crossings, 32, a_track(y=0.6)) == {}


def test_where_somebody_should_be_is_not_where_he_was_seen() -> None:
    crossings = Crossings(LINE)
    crossed(crossings, 0, a_track(y=0.4))
    expected = replace(a_track(y=0.6), coasts=True)

    assert crossed(crossings, 1, expected) == {}
    assert crossed(crossings, 2, a_track(y=0.6)) == {1: Way.INWARD}


def people(first: int, last: int, y: float) -> list[Track]:
    return [a_track(subject=n, x=0.3 + n / 50, y=y) for n in range(first, last + 1)]


def test_inside_is_in_minus_out_over_all_lines() -> None:
    ways = [*through(people(1, 5, y=0.4), people(1, 5, y=0.6))]
    ways += through(people(1, 2, y=0.6), people(1, 2, y=0.4))

    assert ways == [Way.INWARD] * 5 + [Way.OUTWARD] * 2
    assert counted(ways) == 3


def through(*frames: list[Track]) -> list[Way]:
    """Who crosses a fresh line in each frame, in order."""
    line = Crossings(LINE)
    each = [line.push(after(n), watched(*tracks)).now for n, tracks in enumerate(frames)]
    return [way for now in each for _, way in now]


def counted(ways: list[Way]) -> int:
    tally = Tally()
    for way in ways:
        tally.push(way)
    return tally.people


@pytest.mark.parametrize("leaving", [1, 4])
def test_fewer_than_nobody_is_not_inside(leaving: int) -> None:
    ways = through(people(1, leaving, y=0.6), people(1, leaving, y=0.4))

    assert counted(ways) == 0
