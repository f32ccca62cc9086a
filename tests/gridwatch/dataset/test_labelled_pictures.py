"""A verdict decides which boxes stay, and no happening lies in both parts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.score import Decision
from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.model import ReviewedIncident, VerdictSource
from api.evidence.snapshot_store import AlertSnapshot
from gridwatch.dataset.labelled_pictures import (
    LeftOut,
    Part,
    label_objects,
    label_pictures,
)
from pipeline.geometry.shapes import Box
from pipeline.wire import SnapshotObject

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
CHINA = ZoneInfo("Asia/Shanghai")
COUNTED = SnapshotObject(box=Box(0.1, 0.2, 0.1, 0.3), role="counted", label="person")
OTHER = SnapshotObject(box=Box(0.6, 0.2, 0.1, 0.3), role="other", label="dog")
EXPECTED = SnapshotObject(
    box=Box(0.3, 0.2, 0.1, 0.3), role="counted", label="person", is_visible=False
)
FIRE = SnapshotObject(box=Box(0.3, 0.2, 0.1, 0.3), role="counted")


def reviewed(incident: int = 1, value: str = "true", reason: str = "") -> ReviewedIncident:
    return ReviewedIncident(
        incident=UUID(int=incident),
        scenario="intrusion",
        scenario_rev=1,
        node="demo/market/box-1",
        camera="gate",
        area_code=None,
        model="",
        raw_score=0.9,
        probability=0.9,
        decision=Decision.REVIEW,
        calibration_version=None,
        threshold_version=None,
        is_pushed=False,
        is_confirmed=False,
        inclusion_probability=None,
        value=VerdictValue(value),
        source=VerdictSource.DESK,
        reason=reason,
        is_blind=False,
        opened_at=NOON,
        judged_at=NOON,
    )


def snapshot(incident: int = 1, **changes: object) -> AlertSnapshot:
    facts: dict[str, Any] = {
        "incident": UUID(int=incident),
        "node": "demo/market/box-1",
        "camera": "gate",
        "opened_at": NOON,
        "sha256": f"{incident:064x}",
        "media_type": "image/jpeg",
        "objects": (COUNTED,),
    }
    return AlertSnapshot(**{**facts, **changes})


@pytest.mark.parametrize(
    ("value", "reason", "labels"),
    [
        ("true", "", ["person", "dog"]),
        ("benign", "permitted", ["person", "dog"]),
        ("false", "nothing_there", ["dog"]),
        ("false", "this_spot", ["dog"]),
        ("false", "zone_or_setting", ["person", "dog"]),
        ("false", "", LeftOut.NO_REASON),
        ("false", "fixed_object", LeftOut.NO_REASON),
        ("unsure", "cannot_tell", LeftOut.UNSURE),
        ("duplicate", "already_known", LeftOut.UNSURE),
    ],
)
def test_the_verdict_decides_which_boxes_stay(
    value: str, reason: str, labels: list[str] | LeftOut
) -> None:
    labelled = label_objects([COUNTED, EXPECTED, OTHER], reviewed(value=value, reason=reason))

    found = labelled if isinstance(labelled, LeftOut) else [each.label for each in labelled]
    assert found == labels


def test_a_snapshot_without_labels_teaches_nothing() -> None:
    assert label_objects(None, reviewed()) is LeftOut.NO_OBJECTS
    assert label_objects([FIRE, OTHER], reviewed()) is LeftOut.NO_LABEL


def test_a_picture_of_two_incidents_has_the_boxes_of_both() -> None:
    same = "a" * 64
    both = [
        snapshot(1, sha256=same, objects=(COUNTED,)),
        snapshot(2, sha256=same, objects=(COUNTED, OTHER)),
    ]

    labelled = label_pictures([reviewed(1), reviewed(2)], both, CHINA)

    assert [each.label for each in labelled.pictures[0].boxes] == ["person", "dog"]
    assert labelled.pictures[0].incidents == (UUID(int=1), UUID(int=2))
    assert labelled.labels == ["dog", "person"]


def test_a_day_begins_in_the_time_zone_of_the_centre() -> None:
    """16:30 UTC is after midnight in China, so the two are of different days."""
    hours = [timedelta(hours=n) for n in (11, 12.5)]
    pictures = [snapshot(n, opened_at=NOON + hour) for n, hour in enumerate(hours, start=1)]
    verdicts = [reviewed(1), reviewed(2)]

    in_china = label_pictures(verdicts, pictures, CHINA).pictures
    in_utc = label_pictures(verdicts, pictures, ZoneInfo("UTC")).pictures

    assert {each.part for each in in_china} == {Part.TRAIN, Part.VAL}
    assert {each.part for each in in_utc} == {Part.TRAIN}


SNAPSHOTS = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 3), st.integers(0, 4), st.integers(0, 15)),
    max_size=30,
).map(
    lambda rows: [
        snapshot(
            incident,
            camera=f"camera-{camera}",
            opened_at=NOON + timedelta(days=day),
            sha256=f"{picture:064x}",
        )
        for incident, camera, day, picture in rows
    ]
)


@given(SNAPSHOTS)
def test_no_incident_camera_day_or_picture_is_in_both_parts(snapshots: list[AlertSnapshot]) -> None:
    verdicts = [reviewed(number) for number in range(1, 13)]
    labelled = label_pictures(verdicts, snapshots, CHINA)

    part_of = {picture.sha256: picture.part for picture in labelled.pictures}
    assert len(part_of) == len(labelled.pictures)
    parts: dict[object, set[Part]] = {}
    for each in snapshots:
        for thing in (each.incident, (each.camera, each.opened_at.date())):
            parts.setdefault(thing, set()).add(part_of[each.sha256])
    assert all(len(found) == 1 for found in parts.values())


def test_a_fifth_of_the_camera_days_is_held_back_and_stays_held_back() -> None:
    many = [snapshot(n, camera=f"camera-{n}") for n in range(1, 401)]
    verdicts = [reviewed(n) for n in range(1, 401)]

    def held_back(of: list[AlertSnapshot]) -> set[str]:
        pictures = label_pictures(verdicts, of, CHINA).pictures
        return {each.sha256 for each in pictures if each.part is Part.VAL}

    assert 0.15 < len(held_back(many)) / 400 < 0.25
    assert held_back(many[:200]) == held_back(many) & {each.sha256 for each in many[:200]}
