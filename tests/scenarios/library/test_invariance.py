"""What must not matter, does not: things far off, when it happens, left and right."""

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
from pipeline.rules.capability import PIXEL_CAPABILITIES
from pipeline.testing import GreyPicture, ScriptedDetector
from scenarios import catalogue
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing import stage
from scenarios.testing.actors import Actor, Falls, Joins, Leaves, Stays, Walks

KINDS = {
    key: kind
    for key, kind in catalogue.load().items()
    if kind.spec.labels and not kind.spec.capabilities & PIXEL_CAPABILITIES
}
"""All that look at tracks; what looks at pixels is held in tests/pipeline/pixels."""
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BRISK = {"hold": 1, "clear": 2, "report_every": 0}
SECONDS = 14
LEFT = Zone("yard", (Point(0.05, 0.3), Point(0.6, 0.3), Point(0.6, 1.0), Point(0.05, 1.0)))
GATE = Line("gate", Point(0.45, 0.4), Point(0.45, 1.0))

LABELS = st.sampled_from(["person", "car", "bicycle", "dog", "truck"])
PLACES = st.tuples(st.integers(1, 19), st.integers(0, 19))
STAYING = st.builds(Stays, LABELS, PLACES)
WALKING = st.builds(
    Walks,
    LABELS,
    st.tuples(PLACES, PLACES).filter(lambda p: p[0] != p[1]),
    st.sampled_from([1.4, 4]),
)
COMING = st.builds(Joins, STAYING, st.integers(1, 6).map(lambda n: timedelta(seconds=n)))
GOING = st.builds(Leaves, STAYING, st.integers(3, 9).map(lambda n: timedelta(seconds=n)))
DOWN = st.builds(Falls, st.builds(Stays, st.just("person"), PLACES), st.just(timedelta(seconds=3)))
CASTS = st.lists(STAYING | WALKING | COMING | GOING | DOWN, min_size=1, max_size=10, unique_by=repr)
ANY_KIND = st.sampled_from(sorted(KINDS))
Script = Callable[[datetime], Detections]


def watched(
    kind: ScenarioType,
    script: Script,
    *,
    begin: datetime = stage.START,
    place: ZoneOrLine | None = None,
    given: dict[str, object] | None = None,
) -> list[Alert]:
    """Play a script through the whole core."""
    zone = place or (GATE if kind.zone_kind is ZoneKind.LINE else LEFT)
    zones = [] if kind.zone_kind is ZoneKind.FRAME else [zone]
    labels = kind.spec.labels | {"person"}
    pipeline = CameraPipeline(
        origin="stage/stage/stage",
        camera="stage",
        detector=ScriptedDetector(script, labels),
        scenarios=[kind.bind(zones, {**BRISK, **(given or {})})],
    )
    picture = GreyPicture(stage.SIZE)
    times = (begin + timedelta(seconds=number / 5) for number in range(5 * SECONDS))
    frames = (Frame(camera="stage", at=at, picture=picture) for at in times)
    return [alert for frame in frames for alert in pipeline.push(frame)]


def acted(cast: list[Actor], begin: datetime = stage.START) -> Script:
    return lambda at: stage.detections_at(cast, at - begin)


def mirrored(script: Script) -> Script:
    """The same, seen in a mirror."""

    def seen(at: datetime) -> Detections:
        found = script(at)
        boxes = found.boxes.copy()
        boxes[:, 0] = 1.0 - boxes[:, 0] - boxes[:, 2]
        return replace(found, boxes=boxes)

    return seen


def told(alerts: list[Alert], begin: datetime = stage.START) -> list[tuple[object, ...]]:
    """What was told and when, without who was counted how."""
    return sorted(
        (round((a.observed_at - begin).total_seconds(), 3), a.change, a.level, a.scenario)
        for a in alerts
    )


@pytest.mark.slow
@FEW
@given(ANY_KIND, CASTS)
def test_a_far_object_outside_changes_no_alert(key: str, cast: list[Actor]) -> None:
    kind = KINDS[key]

    far = Stays("truck", (19.5, 19.5))  # outside zone and line, and watched by many

    with_far = watched(kind, acted([*cast, far]))

    assert told(with_far) == told(watched(kind, acted(cast)))


@pytest.mark.slow
@FEW
@given(ANY_KIND, CASTS, st.integers(-(10**6), 10**6))
def test_later_footage_gives_later_alerts_and_no_others(
    key: str, cast: list[Actor], shift: int
) -> None:
    kind, later = KINDS[key], stage.START + timedelta(seconds=shift)
    now, then = watched(kind, acted(cast)), watched(kind, acted(cast, later), begin=later)

    assert told(then, later) == told(now)
    assert [a.measures for a in then] == [a.measures for a in now]


@pytest.mark.slow
@FEW
@given(ANY_KIND, CASTS)
def test_a_mirrored_scene_gives_mirrored_alerts(key: str, cast: list[Actor]) -> None:
    kind = KINDS[key]
    plain = watched(kind, acted(cast))
    # The inside of a line is on its right: a mirror changes hands, so its ends change places.
    ends = (Point(1 - p.x, p.y) for p in reversed(GATE.points))
    corners = tuple(Point(1 - p.x, p.y) for p in LEFT.points)
    place = Line("gate", *ends) if kind.zone_kind is ZoneKind.LINE else Zone("yard", corners)
    other = watched(kind, mirrored(acted(cast)), place=place)

    assert told(other) == told(plain)
    np.testing.assert_allclose(pointed_at(other, mirror=True), pointed_at(plain), atol=1e-3)


def pointed_at(alerts: list[Alert], *, mirror: bool = False) -> list[tuple[float, ...]]:
    """Where and when, in an order that no mirror changes."""
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


HARDER = {
    (key, setting.name)
    for key, kind in KINDS.items()
    for setting in kind.settings
    if setting.name in {"people", "vehicles", "bicycles", "per_m2"}
}
"""Where more is worse, and nothing else depends on the number."""


@pytest.mark.slow
@settings(FEW, max_examples=60)
@given(st.sampled_from(sorted(HARDER)), CASTS, st.integers(1, 5))
def test_a_higher_threshold_never_gives_more_alerts(
    bound: tuple[str, str], cast: list[Actor], number: int
) -> None:
    key, name = bound
    [least] = [one.minimum for one in KINDS[key].settings if one.name == name]
    number = max(number, math.ceil(least))
    low = watched(KINDS[key], acted(cast), given={name: number})
    high = watched(KINDS[key], acted(cast), given={name: number + 1})
    first = [[a for a in alerts if a.change is Change.OPENED][:1] for alerts in (low, high)]

    assert first[0] or not first[1]
    if first[1]:
        assert first[0][0].opened_at <= first[1][0].opened_at
