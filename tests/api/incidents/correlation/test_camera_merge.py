from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.incidents.correlation.camera_merge import (
    MAX_GAP,
    MergeReason,
    MergeVerdict,
    SeenMatter,
    find_same_matter,
    merge_score,
    radius_m,
)
from pipeline.geometry.shapes import Box
from tests.api.alerts import NOON, noon_plus

METRE = 1 / 111_195
"""One metre to the north, in degrees."""

CROWD = SeenMatter(
    id=UUID(int=1),
    family="crowd",
    scenario="crowd_gathering",
    node="d/s/box-1",
    camera="north",
    zone="square",
    lon=104.0,
    lat=30.6,
    first_at=NOON,
    last_at=noon_plus(60),
    boxes=(Box(0.2, 0.2, 0.4, 0.4),),
)
NO_OVERLAPS: frozenset[frozenset[tuple[str, str]]] = frozenset()


def neighbour(metres: float = 20, after_s: float = 0, **changes: object) -> SeenMatter:
    seen = replace(
        CROWD,
        id=None,
        node="d/s/box-2",
        camera="south",
        lat=30.6 + metres * METRE,
        first_at=noon_plus(after_s),
        last_at=noon_plus(after_s),
    )
    return replace(seen, **changes)  # type: ignore[arg-type]  # fields of the class


def verdict(a: SeenMatter, b: SeenMatter) -> MergeVerdict | None:
    score = merge_score(a, b, NO_OVERLAPS)
    return score.verdict if score else None


def test_two_cameras_twenty_metres_apart_see_one_crowd() -> None:
    score = merge_score(neighbour(), CROWD, NO_OVERLAPS)

    assert score is not None
    assert (score.verdict, score.reason) == (MergeVerdict.MERGE, MergeReason.DISTANCE)
    assert score.parameters == {
        "reason": "distance",
        "score": 0.9,
        "distance_m": 20.0,
        "gap_s": 0.0,
    }


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (neighbour(family="fire"), None),
        (neighbour(metres=61), None),
        (neighbour(after_s=60 + MAX_GAP.total_seconds() + 1), None),
        (neighbour(metres=50, after_s=150), MergeVerdict.SUGGEST),
        (neighbour(metres=50, after_s=300), MergeVerdict.SEPARATE),
        (neighbour(lon=None), None),
    ],
)
def test_what_is_far_in_space_or_time_is_not_merged(
    other: SeenMatter, expected: MergeVerdict | None
) -> None:
    assert verdict(other, CROWD) is expected


def test_a_declared_overlap_needs_no_location() -> None:
    overlaps = frozenset({frozenset({("d/s/box-1", "north"), ("d/s/box-2", "south")})})

    score = merge_score(neighbour(lon=None), CROWD, overlaps)

    assert score is not None
    assert (score.verdict, score.reason) == (MergeVerdict.MERGE, MergeReason.OVERLAP)


def test_two_scenarios_of_one_camera_are_one_matter_where_their_boxes_lie_in_each_other() -> None:
    queue = replace(CROWD, scenario="queue_too_long", zone="counter")
    beside = replace(queue, boxes=(Box(0.7, 0.7, 0.2, 0.2),))

    assert verdict(queue, CROWD) is MergeVerdict.MERGE
    assert verdict(beside, CROWD) is None


def test_two_zones_of_one_scenario_stay_apart_as_the_site_has_drawn_them() -> None:
    assert verdict(replace(CROWD, zone="steps"), CROWD) is None


def test_failing_cameras_are_never_one_matter_by_distance() -> None:
    assert radius_m("camera") == 0
    lost = replace(CROWD, family="camera")
    assert verdict(neighbour(metres=0, family="camera"), lost) is None


@given(
    metres=st.floats(0, 200),
    gap_s=st.floats(-600, 600),
    family=st.sampled_from(["crowd", "fire", "loitering", "camera"]),
)
def test_the_score_is_symmetric_and_falls_with_distance_and_gap(
    metres: float, gap_s: float, family: str
) -> None:
    a = replace(CROWD, family=family)
    b = neighbour(metres, gap_s, family=family)
    farther, later = (
        neighbour(metres + 5, gap_s, family=family),
        neighbour(metres, gap_s + (5 if gap_s >= 0 else -5), family=family),
    )
    score = merge_score(a, b, NO_OVERLAPS)

    mirrored = merge_score(b, a, NO_OVERLAPS)
    assert (score and score.score) == pytest.approx(mirrored and mirrored.score)
    for weaker in (merge_score(a, farther, NO_OVERLAPS), merge_score(a, later, NO_OVERLAPS)):
        if weaker is not None:
            assert score is not None
            assert weaker.score <= score.score + 1e-9


def test_the_most_likely_incident_is_chosen_whatever_the_order() -> None:
    near = replace(CROWD, id=UUID(int=2), lat=30.6 + 15 * METRE)
    old = replace(near, id=UUID(int=3), first_at=NOON - timedelta(minutes=1))

    for others in permutations([CROWD, near, old]):
        found = find_same_matter(neighbour(), others, NO_OVERLAPS)
        assert found is not None
        assert found[0].id == UUID(int=3)
    assert find_same_matter(neighbour(metres=500), [CROWD], NO_OVERLAPS) is None
