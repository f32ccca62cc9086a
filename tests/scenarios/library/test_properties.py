"""What must hold for every scenario, whoever is on the stage."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.alert import Alert, Change
from pipeline.geometry.shapes import ZoneKind
from scenarios import catalogue
from scenarios.authoring import seconds
from scenarios.errors import CaseError
from scenarios.testing.actors import STAGE_M, Actor, Joins, Leaves, Stays
from scenarios.testing.case_player import play_case
from scenarios.testing.cases import Case

KINDS = catalogue.load()
FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PLACES = st.tuples(st.integers(0, int(STAGE_M)), st.integers(0, int(STAGE_M)))
TIMES = st.integers(0, 12).map(seconds)
STAYING = st.builds(Stays, st.just("person"), PLACES)
COMING = st.builds(Joins, STAYING, TIMES)
GOING = st.builds(Leaves, STAYING, TIMES)
CASTS = st.lists(STAYING | COMING | GOING, max_size=12, unique_by=repr)
ANY_KIND = st.sampled_from(sorted(KINDS))
COUNTING = st.sampled_from(
    sorted(key for key, kind in KINDS.items() if "people" in {s.name for s in kind.settings})
)
BRISK = {"hold": 2, "clear": 3}
LINE = [(0, 10), (20, 10)]


def a_case(key: str, cast: list[Actor], **more: object) -> Case:
    asked: dict[str, object] = {**BRISK, **more}
    zone = LINE if KINDS[key].zone_kind is ZoneKind.LINE else ()
    length = timedelta(seconds=16)
    return Case("whoever", cast, opens=0, parameters=asked, zone=zone, duration=length)


def gist(alerts: list[Alert]) -> list[tuple[object, ...]]:
    """All but the order of the boxes, and the count of what the detector has found."""
    return [(a.id, a.change, a.measures, a.level, sorted(map(repr, a.boxes))) for a in alerts]


@FEW
@given(ANY_KIND, CASTS, st.data())
def test_the_order_of_what_is_found_changes_no_alert(
    key: str, cast: list[Actor], data: st.DataObject
) -> None:
    other = data.draw(st.permutations(cast))

    assert gist(play_case(KINDS[key], a_case(key, cast))) == gist(
        play_case(KINDS[key], a_case(key, other))
    )


@FEW
@given(ANY_KIND, CASTS, PLACES)
def test_what_a_scenario_does_not_watch_changes_no_alert(
    key: str, cast: list[Actor], place: tuple[float, float]
) -> None:
    with_statue = [*cast, Stays("statue", place)]

    assert gist(play_case(KINDS[key], a_case(key, with_statue))) == gist(
        play_case(KINDS[key], a_case(key, cast))
    )


@pytest.mark.slow
@FEW
@given(COUNTING, CASTS, st.integers(3, 6))
def test_asking_for_more_people_never_opens_what_fewer_did_not(
    key: str, cast: list[Actor], people: int
) -> None:
    few = play_case(KINDS[key], a_case(key, cast, people=people))
    many = play_case(KINDS[key], a_case(key, cast, people=people + 1))

    assert few or not many


@pytest.mark.slow
@FEW
@given(ANY_KIND, CASTS)
def test_an_alert_is_no_sooner_than_its_hold(key: str, cast: list[Actor]) -> None:
    kind = KINDS[key]
    patient = replace(a_case(key, cast), parameters={**BRISK, "hold": 8})
    opened = [a.opened_at for a in play_case(kind, patient) if a.change is Change.OPENED]
    sooner = [a.opened_at for a in play_case(kind, a_case(key, cast)) if a.change is Change.OPENED]

    if opened:
        assert sooner[0] + timedelta(seconds=6) <= opened[0]


def test_a_stage_has_edges() -> None:
    kind = KINDS["intrusion"]

    with pytest.raises(CaseError, match="not on the stage of 20 x 20 m"):
        play_case(kind, a_case("intrusion", [Stays("person", (30, 0))]))
