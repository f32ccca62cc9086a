"""What scenarios of one camera share equals what each computes alone."""

import gc
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alert import Alert
from pipeline.alerting.episode import AlertTiming
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.geometry.shapes import Line, Point, Zone, ZoneOrLine
from pipeline.rules.scenario import Scenario
from pipeline.scene.frame_context import ContextBuilder, FrameContext
from pipeline.scene.line_crossing import Direction
from pipeline.scene.scene import Scene
from pipeline.signal import Level, Signal
from pipeline.testing import GreyPicture, ScriptedDetector
from tests.pipeline.builders import a_box, a_spec, a_track, a_track_set, after, some_detections

LEFT = Zone("left", (Point(0, 0), Point(0.5, 0), Point(0.5, 1), Point(0, 1)))
DOOR = Line("door", Point(0.5, 0.0), Point(0.5, 1.0))
PERSON, PETS = frozenset({"person"}), frozenset({"dog", "person"})
STEPS = st.lists(st.tuples(st.floats(0.1, 0.9), st.floats(0.1, 0.9)), min_size=4, max_size=7)


def report_inside(scene: Scene) -> Iterable[Signal]:
    inside = scene.in_zone() or scene.crossed()
    if inside:
        dwell = max(scene.dwell(track).total_seconds() for track in inside)
        pace = max(scene.speed_mps(track) for track in inside)
        groups = len(scene.clusters(2.0))
        yield scene.signal(*inside, people=len(inside), dwell_s=dwell, pace=pace, groups=groups)


def a_scenario(key: str, labels: frozenset[str], *places: ZoneOrLine) -> Scenario:
    return Scenario(
        spec=replace(a_spec(), key=key, labels=labels),
        timing=AlertTiming(hold=timedelta(seconds=0.4), clear=timedelta(seconds=1)),
        rule=report_inside,
        level=Level.MAJOR,
        zones=places,
    )


SCENARIOS = (
    a_scenario("people", PERSON, Zone.full_frame(), LEFT),
    a_scenario("left", PERSON, LEFT),
    a_scenario("pets", PETS, LEFT, DOOR),
    a_scenario("door", PERSON, DOOR),
)


def alerts(scenarios: Sequence[Scenario], detections: Sequence[Detections]) -> list[Alert]:
    shown = {after(n / 5): objects for n, objects in enumerate(detections)}
    pipeline = CameraPipeline(
        origin="demo/market/box-1",
        camera="gate",
        detector=ScriptedDetector(shown.__getitem__, PETS),
        scenarios=scenarios,
    )
    picture = GreyPicture(Size(640, 360))
    frames = (Frame(camera="gate", at=at, picture=picture) for at in shown)
    return [alert for frame in frames for alert in pipeline.push(frame)]


@pytest.mark.slow
@settings(max_examples=8)
@given(people=STEPS, dogs=STEPS)
def test_scenarios_on_one_camera_give_the_alerts_of_each_alone(
    people: list[tuple[float, float]], dogs: list[tuple[float, float]]
) -> None:
    detections = []
    for (a, b), (c, d) in zip(people, dogs, strict=False):
        both = some_detections(a_box(a), a_box(b), a_box(c), a_box(d))
        detections += [replace(both, labels=("person", "person", "dog", "dog"))] * 4

    together = alerts(SCENARIOS, detections)
    alone = [alert for each in SCENARIOS for alert in alerts([each], detections)]

    assert sorted(together, key=str) == sorted(alone, key=str)


def test_scenarios_with_the_same_labels_and_zone_share_a_context() -> None:
    moment = FrameContext(at=after(0), tracks=a_track_set(a_track(x=0.2)))

    assert moment.zone_context(PERSON, LEFT) is moment.zone_context(PERSON, LEFT)
    assert moment.zone_context(PERSON, LEFT).tracks is moment.zone_context(PERSON, DOOR).tracks
    assert moment.zone_context(PERSON, LEFT) is not moment.zone_context(PETS, LEFT)


def test_other_labels_are_not_in_the_zone() -> None:
    person, dog = a_track(subject=1, x=0.2), a_track(subject=2, x=0.3, label="dog")
    moment = ContextBuilder([LEFT]).push(after(0), some_detections(), a_track_set(person, dog))

    assert [track.subject for track in moment.zone_context(PERSON, LEFT).in_zone] == [1]
    assert [track.subject for track in moment.zone_context(PETS, LEFT).in_zone] == [1, 2]


def test_rows_of_a_subset_are_those_of_the_frame() -> None:
    whole = a_track_set(a_track(subject=1, x=0.2), a_track(subject=2, x=0.7, label="dog"))
    part = whole.select({"dog"})

    assert part.rows(part.tracks) == [1]
    assert part.frame is whole


def test_a_line_reports_its_crossings() -> None:
    moments = ContextBuilder([DOOR])
    moments.push(after(0), some_detections(), a_track_set(a_track(x=0.2)))
    moment = moments.push(after(1), some_detections(), a_track_set(a_track(x=0.7)))

    assert moment.zone_context(PERSON, DOOR).directions == {1: Direction.OUTWARD}


def test_a_frame_is_freed_without_garbage_collection() -> None:
    """What refers to itself stays until it runs: pictures of minutes, and a box that stutters."""
    moment = ContextBuilder([LEFT]).push(after(0), some_detections(), a_track_set(a_track(x=0.2)))
    outlook = moment.zone_context(PERSON, LEFT)
    assert len(outlook.distances) == 1
    assert len(outlook.steps) == 3
    parts: list[weakref.ref[object]] = [
        weakref.ref(moment),
        weakref.ref(moment.tracks),
        weakref.ref(outlook.tracks),
    ]

    gc.disable()
    try:
        del moment, outlook
        assert [part() for part in parts] == [None] * 3
    finally:
        gc.enable()
