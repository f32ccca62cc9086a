from collections.abc import Iterable
from datetime import timedelta

import numpy as np
import pytest

from pipeline.alert import Alert, Change, CloseReason
from pipeline.alerting.episode import AlertTiming
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.frame import Frame, Pixels, Size
from pipeline.geometry.shapes import Box, Point, Zone
from pipeline.pixels.analyzer import PixelAnalyzer
from pipeline.pixels.pixel_events import StaticChange
from pipeline.rules.scenario import Rule, Scenario
from pipeline.scenario_spec import Capability, Per, ScenarioSpec
from pipeline.scene.scene import Scene
from pipeline.signal import Level, Signal
from pipeline.testing import GreyPicture, ScriptedDetector
from pipeline.text import Text
from scenarios.testing.image_edits import Edit, PlacedObject, ThrownObject
from scenarios.testing.stage_renderer import DrawnPicture
from tests.pipeline.pixels.image_sequences import BEGIN, film, seconds

PLACE = Box(0.5, 0.5, 0.06, 0.1)
BAG = PlacedObject(box=PLACE, after=seconds(35))
LEFT = Zone("left", (Point(0, 0), Point(0.45, 0), Point(0.45, 1), Point(0, 1)))
SIZE = Size(640, 360)


class CountingPicture(GreyPicture):
    """Counts how often anybody looks, and asks for colours."""

    looks = 0
    colours = 0

    def rgb(self, size: Size | None = None, *, region: Box = PLACE) -> Pixels:
        CountingPicture.colours += 1
        return super().rgb(size, region=region)

    def grey(self, size: Size) -> Pixels:
        CountingPicture.looks += 1
        return super().grey(size)


def frames(edits: Iterable[Edit], *, lasts: float) -> Iterable[Frame]:
    for at, pixels in film(list(edits), lasts=lasts):
        yield Frame(camera="yard", at=at, picture=DrawnPicture(pixels, SIZE))


def a_pipeline(
    rule: Rule, *needs: Capability, zone: Zone, detector: ScriptedDetector
) -> CameraPipeline:
    hazard = ScenarioSpec(
        key="left",
        revision=1,
        title=Text(zh="物", en="Thing"),
        message=Text(zh="物", en="thing"),
        per=Per.SUBJECT,
        level=Level.MINOR,
        labels=frozenset(),
        capabilities=frozenset(needs),
    )
    timing = AlertTiming(hold=seconds(5), clear=seconds(5))
    scenario = Scenario(spec=hazard, timing=timing, rule=rule, level=Level.MINOR, zones=(zone,))
    return CameraPipeline(origin="a/b/c", camera="yard", detector=detector, scenarios=[scenario])


def a_detector(*boxes: tuple[float, float, float, float]) -> ScriptedDetector:
    shown = np.array(boxes, np.float32).reshape(-1, 4)
    found = Detections(shown, np.full(len(boxes), 0.9, np.float32), ("person",) * len(boxes))
    return ScriptedDetector(lambda _: found, frozenset({"person"}))


def things(scene: Scene) -> Iterable[Signal]:
    return [scene.signal(still) for still in scene.static_objects(StaticChange.APPEARED)]


def played(pipeline: CameraPipeline) -> list[Alert]:
    return [alert for frame in frames([BAG], lasts=60) for alert in pipeline.push(frame)]


def test_a_signal_can_refer_to_pixel_events() -> None:
    [alert] = played(
        a_pipeline(things, Capability.STATIC_OBJECTS, zone=Zone.full_frame(), detector=a_detector())
    )

    assert (alert.change, alert.subject) == (Change.OPENED, 1)
    assert alert.boxes[0].centre == pytest.approx(PLACE.centre, abs=0.02)


def test_events_in_another_zone_are_not_reported() -> None:
    assert not played(
        a_pipeline(things, Capability.STATIC_OBJECTS, zone=LEFT, detector=a_detector())
    )


def test_a_detected_person_is_no_static_object() -> None:
    standing = a_detector((0.48, 0.4, 0.1, 0.22))

    assert not played(
        a_pipeline(things, Capability.STATIC_OBJECTS, zone=Zone.full_frame(), detector=standing)
    )


@pytest.mark.parametrize(
    ("needs", "looks"),
    [
        ((), 0),
        ({Capability.STATIC_OBJECTS, Capability.VIEW_CHANGE}, 80),
        ({Capability.FALLING_OBJECTS, Capability.FIRES}, 400),
    ],
    ids=["nobody needs any", "what stays is looked at twice a second", "what is fast, always"],
)
def test_a_camera_computes_only_what_it_needs(needs: Iterable[Capability], looks: int) -> None:
    """And for colours only where something bright is new, as all is in the first seconds."""
    look, CountingPicture.looks, CountingPicture.colours = PixelAnalyzer(needs), 0, 0
    for number in range(400):
        at = BEGIN + seconds(number / 10)
        look.push(
            Frame(camera="yard", at=at, picture=CountingPicture(SIZE)), Detections.empty(), ()
        )

    assert CountingPicture.looks == looks
    assert CountingPicture.colours <= 3.5 * 5 * (Capability.FIRES in needs)


def lost(scene: Scene) -> Iterable[Signal]:
    outage = scene.outage()
    return [scene.signal(outage)] if outage else []


def an_outage(*, pieces: int, length: timedelta) -> list[tuple[Change, float]]:
    """Ten seconds of pictures, an outage told in ``pieces``, ten seconds of pictures."""
    pipeline = a_pipeline(lost, Capability.OUTAGES, zone=Zone.full_frame(), detector=a_detector())
    alerts: list[Alert] = []
    shown = [BEGIN + seconds(n) for n in range(10)]
    again = [shown[-1] + length + seconds(n) for n in range(10)]
    for at in shown:
        alerts += pipeline.push(Frame(camera="yard", at=at, picture=GreyPicture(SIZE)))
    for n in range(pieces):
        since, until = (shown[-1] + length * part / pieces for part in (n, n + 1))
        alerts += pipeline.record_gap(since, until)
    for at in again:
        alerts += pipeline.push(Frame(camera="yard", at=at, picture=GreyPicture(SIZE)))
    alerts += pipeline.close_alerts(again[-1], CloseReason.SOURCE_ENDED)
    return [(alert.change, (alert.observed_at - shown[-1]).total_seconds()) for alert in alerts]


def test_an_outage_alert_opens_during_the_gap_and_closes_with_the_next_frames() -> None:
    [(first, opened), (second, _)] = an_outage(pieces=30, length=seconds(30))

    assert (first, second) == (Change.OPENED, Change.CLOSED)
    assert opened == 5


def test_an_outage_recorded_at_its_end_opens_an_alert() -> None:
    assert [change for change, _ in an_outage(pieces=1, length=seconds(30))] == [
        Change.OPENED,
        Change.CLOSED,
    ]


def test_a_short_outage_opens_no_alert() -> None:
    assert not an_outage(pieces=4, length=seconds(4))


def test_an_outage_of_hours_is_one_alert() -> None:
    changes = [change for change, _ in an_outage(pieces=100, length=timedelta(hours=5))]

    assert changes == [Change.OPENED, Change.CLOSED]


@pytest.mark.parametrize(
    ("label", "follows", "found"),
    [
        ("cell phone", True, False),  # so a car is often labelled from above
        ("car", True, False),
        ("clock", False, True),  # a window that is always taken for a clock hides no fall
    ],
)
def test_what_moves_in_a_large_moving_object_of_any_label_is_not_falling(
    label: str, follows: bool, found: bool
) -> None:
    thrown = ThrownObject(start=Point(0.4, 0.05), gravity=0.4, after=seconds(3))
    analyzer = PixelAnalyzer([Capability.FALLING_OBJECTS])
    falls = 0
    for number, frame in enumerate(frames([thrown], lasts=8)):
        top = min(0.02 * max(number - 15, 0) ** 1.3, 0.7) if follows else 0.0
        box = np.array([[0.3, top, 0.2, 0.3 if follows else 1.0]], np.float32)
        detections = Detections(box, np.array([0.6], np.float32), (label,))
        falls += len(analyzer.push(frame, detections, ()).falling_objects)

    assert bool(falls) is found
