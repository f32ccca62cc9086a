"""What a snapshot shows: the zone, the counted objects where they are in that frame, and others."""

from dataclasses import replace

import numpy as np

from edge.evidence.snapshot_description import SnapshotDescriber
from pipeline.alerting.episode import SnapshotCandidate
from pipeline.detection import Detections
from pipeline.geometry.shapes import Box, Line, Point, Zone
from pipeline.scenario_spec import Per
from pipeline.signal import CountedObject
from pipeline.text import Text
from pipeline.wire import SnapshotContent, SnapshotZone
from pipeline.wire.snapshot_content import MAX_OBJECTS
from scenarios.catalogue import find, load
from tests.messages import NOON, make_alert

STEPS = Zone("steps", (Point(0.1, 0.1), Point(0.9, 0.1), Point(0.9, 0.9)))
LAWN = Zone("lawn", (Point(0, 0.5), Point(0.5, 0.5), Point(0.5, 1)))
CROWD = find("crowd_gathering", load()).bind([STEPS, LAWN], {})
MESSAGE = Text(zh="2 人", en="2 people")


def detections(*boxes: tuple[float, ...], label: str = "person", score: float = 0.9) -> Detections:
    rows = np.array(boxes, np.float32).reshape(-1, 4)
    return Detections(rows, np.full(len(rows), score, np.float32), (label,) * len(rows))


def candidate(*objects: CountedObject) -> SnapshotCandidate:
    alert = make_alert()
    return SnapshotCandidate(
        alert_id=alert.id,
        scenario="crowd_gathering",
        zone="steps",
        subject=None,
        level=alert.level,
        score=0.8,
        objects=objects,
        measures={"people": 2.0, "radius_m": 2.123456},
        message=MESSAGE,
    )


def person(x: float, *, is_visible: bool = True) -> CountedObject:
    return CountedObject(box=Box(x, 0.4, 0.1, 0.4), label="person", is_visible=is_visible)


def describe(
    candidate: SnapshotCandidate, found: Detections, describer: SnapshotDescriber | None = None
) -> SnapshotContent:
    return (describer or SnapshotDescriber(scenarios=[CROWD])).describe(candidate, NOON, found)


def test_counted_objects_are_where_the_model_sees_them_in_this_frame() -> None:
    content = describe(
        candidate(person(0.2), person(0.5)),
        detections((0.53, 0.41, 0.1, 0.4), (0.21, 0.4, 0.1, 0.4), (0.8, 0.4, 0.1, 0.4)),
    )

    shown = [(each.box.x, each.role, each.is_visible) for each in content.objects]
    assert shown == [(0.21, "counted", True), (0.53, "counted", True), (0.8, "other", True)]
    assert content.counted_boxes == tuple(each.box for each in content.objects[:2])
    assert (content.taken_at, content.message) == (NOON, MESSAGE)
    assert content.measures == {"people": 2.0, "radius_m": 2.1235}


def test_an_object_that_is_not_detected_in_this_frame_is_marked_as_expected_only() -> None:
    content = describe(candidate(person(0.2), person(0.5)), detections((0.2, 0.4, 0.1, 0.4)))

    assert [each.is_visible for each in content.objects] == [True, False]


def test_a_detection_stands_for_one_object_and_only_for_its_own_label() -> None:
    twins = describe(candidate(person(0.2), person(0.22)), detections((0.21, 0.4, 0.1, 0.4)))
    car = describe(candidate(person(0.2)), detections((0.2, 0.4, 0.1, 0.4), label="car"))

    assert sorted(each.is_visible for each in twins.objects) == [False, True]
    assert [(each.label, each.is_visible) for each in car.objects] == [("person", False)]


def test_what_no_model_detects_is_always_there() -> None:
    bag = CountedObject(box=Box(0.2, 0.2, 0.1, 0.1))

    [shown] = describe(candidate(bag), Detections.empty()).objects

    assert (shown.box, shown.label, shown.is_visible) == (bag.box, "", True)


def test_doubtful_detections_are_not_shown_as_others() -> None:
    assert describe(candidate(), detections((0.2, 0.4, 0.1, 0.4), score=0.3)).objects == ()


def test_the_zone_of_the_alert_is_shown_and_the_whole_frame_is_not() -> None:
    frame = find("crowd_gathering", load()).bind([], {})
    whole = replace(candidate(), zone="frame")
    shown = describe(whole, Detections.empty(), SnapshotDescriber(scenarios=[frame]))

    points = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9))
    expected = (SnapshotZone(name="steps", points=points),)
    assert describe(candidate(), Detections.empty()).zones == expected
    assert shown.zones == ()


def test_a_count_over_all_zones_shows_all_of_them() -> None:
    gate = Line("gate", Point(0.1, 0.5), Point(0.9, 0.5))
    spec = replace(CROWD.spec, per=Per.ALL_ZONES)
    describer = SnapshotDescriber(scenarios=[replace(CROWD, spec=spec, zones=(STEPS, gate))])

    zones = describe(candidate(), Detections.empty(), describer).zones

    assert [(zone.name, len(zone.points)) for zone in zones] == [("steps", 3), ("gate", 2)]


def test_a_crowd_of_any_size_can_be_sent() -> None:
    many = [(x / 400, 0.1, 0.002, 0.01) for x in range(390)]

    assert len(describe(candidate(), detections(*many)).objects) == MAX_OBJECTS
