"""What must not change an alert: distant objects, the time of day, left and right."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.alert import Alert, Change
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.shapes import Line, Point, Zone, ZoneKind, ZoneOrLine
from pipeline.scenario_spec import PIXEL_CAPABILITIES
from pipeline.testing import GreyPicture, ScriptedDetector
from scenarios import catalogue
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing import stage
from scenarios.testing.actors import Actor, Falls, Joins, Leaves, Stays, Walks

LIBRARY = {
    key: scenario
    for key, scenario in catalogue.load().items()
    if scenario.spec.labels and not scenario.spec.capabilities & PIXEL_CAPABILITIES
}
"""All scenarios over tracks; tests/pipeline/pixels covers those over pixels."""
FEW_EXAMPLES = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
SHORT_TIMING = {"hold": 1, "clear": 2, "report_every": 0}
SECONDS = 14
LEFT = Zone("yard", (Point(0.05, 0.3), Point(0.6, 0.3), Point(0.6, 1.0), Point(0.05, 1.0)))
GATE = Line("gate", Point(0.45, 0.4), Point(0.45, 1.0))

LABELS = st.sampled_from(["person", "car", "bicycle", "dog", "truck"])
POSITIONS = st.tuples(st.integers(1, 19), st.integers(0, 19))
STAYING = st.builds(Stays, LABELS, POSITIONS)
WALKING = st.builds(
    Walks,
    LABELS,
    st.tuples(POSITIONS, POSITIONS).filter(lambda p: p[0] != p[1]),
    st.sampled_from([1.4, 4]),
)
JOINING = st.builds(Joins, STAYING, st.integers(1, 6).map(lambda n: timedelta(seconds=n)))
LEAVING = st.builds(Leaves, STAYING, st.integers(3, 9).map(lambda n: timedelta(seconds=n)))
FALLING = st.builds(
    Falls, st.builds(Stays, st.just("person"), POSITIONS), st.just(timedelta(seconds=3))
)
ACTORS = st.lists(
    STAYING | WALKING | JOINING | LEAVING | FALLING, min_size=1, max_size=10, unique_by=repr
)
ANY_KEY = st.sampled_from(sorted(LIBRARY))
Script = Callable[[datetime], Detections]


def play(
    scenario: ScenarioType,
    script: Script,
    *,
    begin: datetime = stage.START,
    zone_or_line: ZoneOrLine | None = None,
    settings_: dict[str, object] | None = None,
) -> list[Alert]:
    """Play detections through the pipeline and return the alerts."""
    zone = zone_or_line or (GATE if scenario.zone_kind is ZoneKind.LINE else LEFT)
    zones = [] if scenario.zone_kind is ZoneKind.FRAME else [zone]
    labels = scenario.spec.labels | {"person"}
    pipeline = CameraPipeline(
        origin="stage/stage/stage",
        camera="stage",
        detector=ScriptedDetector(script, labels),
        scenarios=[scenario.bind(zones, {**SHORT_TIMING, **(settings_ or {})})],
    )
    picture = GreyPicture(stage.SIZE)
    times = (begin + timedelta(seconds=number / 5) for number in range(5 * SECONDS))
    frames = (Frame(camera="stage", at=at, picture=picture) for at in times)
    return [alert for frame in frames for alert in pipeline.push(frame)]


def detections_of(actors: list[Actor], begin: datetime = stage.START) -> Script:
    return lambda at: stage.detections_at(actors, at - begin)


def mirrored(script: Script) -> Script:
    """Return the same detections, mirrored left to right."""

    def seen(at: datetime) -> Detections:
        found = script(at)
        boxes = found.boxes.copy()
        boxes[:, 0] = 1.0 - boxes[:, 0] - boxes[:, 2]
        return replace(found, boxes=boxes)

    return seen


def timeline(alerts: list[Alert], begin: datetime = stage.START) -> list[tuple[object, ...]]:
    """Return what was reported when, without ids and measures."""
    return sorted(
        (round((a.observed_at - begin).total_seconds(), 3), a.change, a.level, a.scenario)
        for a in alerts
    )


@pytest.mark.slow
@FEW_EXAMPLES
@given(ANY_KEY, ACTORS)
def test_a_distant_object_outside_the_zone_changes_no_alert(key: str, actors: list[Actor]) -> None:
    scenario = LIBRARY[key]

    far = Stays(
        "truck", (19.5, 19.5)
    )  # outside zone and line, with a label that many scenarios use

    with_far = play(scenario, detections_of([*actors, far]))

    assert timeline(with_far) == timeline(play(scenario, detections_of(actors)))


@pytest.mark.slow
@FEW_EXAMPLES
@given(ANY_KEY, ACTORS, st.integers(-(10**6), 10**6))
def test_later_frames_give_the_same_alerts_later(key: str, actors: list[Actor], shift: int) -> None:
    scenario, later = LIBRARY[key], stage.START + timedelta(seconds=shift)
    now, then = (
        play(scenario, detections_of(actors)),
        play(scenario, detections_of(actors, later), begin=later),
    )

    assert timeline(then, later) == timeline(now)
    assert [a.measures for a in then] == [a.measures for a in now]


@pytest.mark.slow
@FEW_EXAMPLES
@given(ANY_KEY, ACTORS)
def test_a_mirrored_scene_gives_mirrored_alerts(key: str, actors: list[Actor]) -> None:
    scenario = LIBRARY[key]
    plain = play(scenario, detections_of(actors))
    # The inside of a line is on its right, so a mirrored line has its ends swapped.
    ends = (Point(1 - p.x, p.y) for p in reversed(GATE.points))
    corners = tuple(Point(1 - p.x, p.y) for p in LEFT.points)
    zone_or_line = (
        Line("gate", *ends) if scenario.zone_kind is ZoneKind.LINE else Zone("yard", corners)
    )
    other = play(scenario, mirrored(detections_of(actors)), zone_or_line=zone_or_line)

    assert timeline(other) == timeline(plain)
    np.testing.assert_allclose(
        boxes_over_time(other, mirror=True), boxes_over_time(plain), atol=1e-3
    )


def boxes_over_time(alerts: list[Alert], *, mirror: bool = False) -> list[tuple[float, ...]]:
    """Return when and where alerts point, in an order that mirroring does not change."""
    rows = [
        (
            round((alert.observed_at - stage.START).total_seconds(), 3),
            round(1 - box.x - box.w if mirror else box.x, 2),
            round(box.bottom, 2),
            box.h,
        )
        for alert in alerts
        for box in alert.boxes
    ]
    return sorted(rows)


THRESHOLDS = {
    (key, setting.name)
    for key, scenario in LIBRARY.items()
    for setting in scenario.settings
    if setting.name in {"people", "vehicles", "bicycles", "per_m2"}
}
"""Parameters that are only a threshold: a higher value is never met sooner."""


@pytest.mark.slow
@settings(FEW_EXAMPLES, max_examples=60)
@given(st.sampled_from(sorted(THRESHOLDS)), ACTORS, st.integers(1, 5))
def test_a_higher_threshold_never_gives_more_alerts(
    bound: tuple[str, str], actors: list[Actor], number: int
) -> None:
    key, name = bound
    [least] = [setting.minimum for setting in LIBRARY[key].settings if setting.name == name]
    number = max(number, math.ceil(least))
    low = play(LIBRARY[key], detections_of(actors), settings_={name: number})
    high = play(LIBRARY[key], detections_of(actors), settings_={name: number + 1})
    first = [[a for a in alerts if a.change is Change.OPENED][:1] for alerts in (low, high)]

    assert first[0] or not first[1]
    if first[1]:
        assert first[0][0].opened_at <= first[1][0].opened_at
