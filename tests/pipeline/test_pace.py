"""Who has time is asked less often, and tells the same."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alert import Alert
from pipeline.alerting.debouncer import Debouncer
from pipeline.alerting.timing import ZERO, AlertTiming
from pipeline.detection import Detections
from pipeline.geometry.shapes import Line, Point, Zone, ZoneOrLine
from pipeline.rules.capability import Capability
from pipeline.rules.hazard import Per
from pipeline.rules.pace import Pace, every
from pipeline.rules.runner import ScenarioRunner, make_runners
from pipeline.rules.scenario import Scenario
from pipeline.scene.frame_context import ContextBuilder, FrameContext
from pipeline.scene.scene import Scene
from pipeline.signal import Level, Signal
from tests.pipeline.making import a_hazard, a_signal, a_track, after, watched

T = TypeVar("T")
GATE = Line("gate", Point(0.5, 0.2), Point(0.5, 0.9))
SOMEBODY, THERE = a_track(), a_signal(zone="frame")
Frames = list[tuple[float, bool]]
"""When, and whether somebody is there."""


def a_scenario(
    *,
    hold: float = 20,
    clear: float = 20,
    need: Capability | None = None,
    place: ZoneOrLine | None = None,
) -> Scenario:
    """Somebody is in the frame."""
    return Scenario(
        spec=replace(a_hazard(), capabilities=frozenset({need} if need else ())),
        timing=AlertTiming(hold=timedelta(seconds=hold), clear=timedelta(seconds=clear)),
        rule=lambda scene: [THERE] if scene.tracks else [],
        level=Level.MAJOR,
        zones=(place or Zone.full_frame(),),
    )


def moments(scenario: Scenario, frames: Frames) -> Iterator[FrameContext]:
    stage = ContextBuilder(scenario.zones)
    for at, there in frames:
        everybody = watched(*([SOMEBODY] if there else []))
        yield stage.push(after(at), Detections.empty(), everybody)


def paced(scenario: Scenario, frames: Frames) -> list[Alert]:
    watch = ScenarioRunner(scenario, origin="a/b/c", camera="gate")
    return told(watch.push, moments(scenario, frames))


def unpaced(scenario: Scenario, frames: Frames) -> list[Alert]:
    """As if every frame were asked about."""
    debouncer = Debouncer(scenario.spec, scenario.timing, origin="a/b/c", camera="gate")
    shown = ((after(at), [THERE] if there else []) for at, there in frames)
    return told(lambda frame: debouncer.push(*frame), shown)


def told(push: Callable[[T], list[Alert]], frames: Iterable[T]) -> list[Alert]:
    return [alert for frame in frames for alert in push(frame)]


def film(fps: int, blocks: list[tuple[float, float]]) -> Frames:
    """Somebody is there for so long, then nobody for so long, again and again."""
    ends: list[tuple[float, bool]] = []
    end = 0.0
    for there, away in blocks:
        ends += [(end + there, True), (end + there + away, False)]
        end += there + away
    frames = (number / fps for number in range(int(end * fps)))
    return [(at, next(there for until, there in ends if at < until)) for at in frames]


BLOCKS = st.tuples(st.floats(0.1, 18) | st.floats(22, 40), st.floats(22, 30))


@given(
    st.sampled_from([1, 3, 5, 8, 25]),
    st.sampled_from([4, 20]),
    st.lists(BLOCKS, min_size=1, max_size=2),
)
def test_the_same_happenings_are_told_within_a_second(
    fps: int, hold: int, blocks: list[tuple[float, float]]
) -> None:
    scaled = [(there * hold / 20, away) for there, away in blocks]
    often, seldom = (play(a_scenario(hold=hold), film(fps, scaled)) for play in (unpaced, paced))

    assert [a.change for a in seldom] == [a.change for a in often]
    for one, other in zip(seldom, often, strict=True):
        assert abs(one.observed_at - other.observed_at) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "scenario",
    [
        a_scenario(hold=0),
        a_scenario(place=GATE),
        a_scenario(need=Capability.FALLING_OBJECTS),
        a_scenario(need=Capability.OUTAGES),
    ],
    ids=["no hold", "a line", "what falls", "no picture"],
)
def test_what_is_over_in_a_moment_is_looked_for_in_each_frame(scenario: Scenario) -> None:
    assert every(scenario) == ZERO


@given(st.floats(0, 7200), st.floats(0, 7200))
def test_nobody_waits_longer_than_a_second(hold: float, clear: float) -> None:
    assert every(a_scenario(hold=hold, clear=clear)) <= timedelta(seconds=1)


def test_a_frame_that_was_not_asked_about_shows_nothing() -> None:
    scenario = a_scenario(hold=5)  # asked every 0.8 s once it is told
    watch = ScenarioRunner(scenario, origin="a/b/c", camera="gate")
    shown = []
    for moment in moments(scenario, [(n / 10, True) for n in range(80)]):
        watch.push(moment)
        shown.append(len(watch.snapshot_candidates()))

    assert sorted(shown[-8:]) == [0] * 7 + [1]
    assert len(watch.episodes()) == 1


def test_what_is_told_is_asked_about_by_how_long_its_end_takes() -> None:
    short, by_subject = a_scenario(hold=3, clear=15), replace(a_hazard(), per=Per.SUBJECT)

    assert every(short) == timedelta(seconds=0.12)
    assert every(short, told=True) == timedelta(seconds=0.6)
    assert every(a_scenario(hold=0, clear=15, place=GATE), told=True) == timedelta(seconds=0.6)
    assert every(replace(short, spec=by_subject), told=True) == every(short)


def test_a_frame_that_trembles_is_asked_about_all_the_same() -> None:
    pace = Pace(a_scenario(hold=10))  # every 0.4 s
    due = [pace.is_due(after(at)) for at in (0, 0.21, 0.39, 0.6, 0.78, 1.0, 1.19)]

    assert due == [True, False] * 3 + [True]


def test_those_who_watch_for_something_else_have_another_turn() -> None:
    dogs = replace(a_hazard(), key="dogs", labels=frozenset({"dog"}))
    people = a_scenario(hold=10)  # asked every 0.4 s
    pets = replace(people, spec=dogs)
    asked: list[tuple[str, int]] = []

    def note(scene: Scene) -> list[Signal]:
        frame = round((scene.at - after(0)) / timedelta(seconds=0.2))
        asked.append((scene.spec.key, frame))
        return []

    both = [replace(each, rule=note) for each in (people, pets)]
    taken = make_runners(both, origin="a/b/c", camera="gate")
    for moment in moments(people, [(n / 5, True) for n in range(6)]):
        for watch in taken:
            watch.push(moment)

    assert [frame for key, frame in asked if key == "crowd"] == [0, 2, 4]
    assert [frame for key, frame in asked if key == "dogs"] == [0, 1, 3, 5]


def test_the_first_frame_after_a_gap_is_asked_about() -> None:
    scenario = a_scenario()
    watch = ScenarioRunner(scenario, origin="a/b/c", camera="gate")
    first, last = moments(scenario, [(0, False), (0.3, True)])
    watch.push(first)
    watch.record_gap(after(0.1), after(0.2))
    watch.push(last)

    assert len(watch.episodes()) == 1
