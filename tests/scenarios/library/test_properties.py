"""Properties of every scenario, whatever actors are on the stage."""

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

LIBRARY = catalogue.load()
FEW_EXAMPLES = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
POSITIONS = st.tuples(st.integers(0, int(STAGE_M)), st.integers(0, int(STAGE_M)))
TIMES = st.integers(0, 12).map(seconds)
STAYING = st.builds(Stays, st.just("person"), POSITIONS)
JOINING = st.builds(Joins, STAYING, TIMES)
LEAVING = st.builds(Leaves, STAYING, TIMES)
ACTORS = st.lists(STAYING | JOINING | LEAVING, max_size=12, unique_by=repr)
ANY_KEY = st.sampled_from(sorted(LIBRARY))
KEY_WITH_PEOPLE = st.sampled_from(
    sorted(
        key for key, scenario in LIBRARY.items() if "people" in {s.name for s in scenario.settings}
    )
)
SHORT_TIMING = {"hold": 2, "clear": 3}
LINE = [(0, 10), (20, 10)]


def make_case(key: str, actors: list[Actor], **settings_: object) -> Case:
    parameters: dict[str, object] = {**SHORT_TIMING, **settings_}
    zone = LINE if LIBRARY[key].zone_kind is ZoneKind.LINE else ()
    length = timedelta(seconds=16)
    return Case("any actors", actors, opens=0, parameters=parameters, zone=zone, duration=length)


def summarize(alerts: list[Alert]) -> list[tuple[object, ...]]:
    """Return everything but the order of the boxes and the number of detections."""
    return [(a.id, a.change, a.measures, a.level, sorted(map(repr, a.boxes))) for a in alerts]


@pytest.mark.slow
@FEW_EXAMPLES
@given(ANY_KEY, ACTORS, st.data())
def test_the_order_of_detections_changes_no_alert(
    key: str, actors: list[Actor], data: st.DataObject
) -> None:
    other = data.draw(st.permutations(actors))

    assert summarize(play_case(LIBRARY[key], make_case(key, actors))) == summarize(
        play_case(LIBRARY[key], make_case(key, other))
    )


@pytest.mark.slow
@FEW_EXAMPLES
@given(ANY_KEY, ACTORS, POSITIONS)
def test_a_label_that_the_rule_does_not_use_changes_no_alert(
    key: str, actors: list[Actor], position: tuple[float, float]
) -> None:
    with_statue = [*actors, Stays("statue", position)]

    assert summarize(play_case(LIBRARY[key], make_case(key, with_statue))) == summarize(
        play_case(LIBRARY[key], make_case(key, actors))
    )


@pytest.mark.slow
@FEW_EXAMPLES
@given(KEY_WITH_PEOPLE, ACTORS, st.integers(3, 6))
def test_a_higher_number_of_people_opens_no_further_alert(
    key: str, actors: list[Actor], people: int
) -> None:
    few = play_case(LIBRARY[key], make_case(key, actors, people=people))
    many = play_case(LIBRARY[key], make_case(key, actors, people=people + 1))

    assert few or not many


@pytest.mark.slow
@FEW_EXAMPLES
@given(ANY_KEY, ACTORS)
def test_a_longer_hold_opens_later(key: str, actors: list[Actor]) -> None:
    scenario = LIBRARY[key]
    long_hold = replace(make_case(key, actors), parameters={**SHORT_TIMING, "hold": 8})
    opened = [a.opened_at for a in play_case(scenario, long_hold) if a.change is Change.OPENED]
    opened_sooner = [
        a.opened_at
        for a in play_case(scenario, make_case(key, actors))
        if a.change is Change.OPENED
    ]

    if opened:
        assert opened_sooner[0] + timedelta(seconds=6) <= opened[0]


def test_an_actor_off_the_stage_is_rejected() -> None:
    scenario = LIBRARY["intrusion"]

    with pytest.raises(CaseError, match="not on the stage of 20 x 20 m"):
        play_case(scenario, make_case("intrusion", [Stays("person", (30, 0))]))
