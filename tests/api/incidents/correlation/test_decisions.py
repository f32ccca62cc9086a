from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.incidents import clocks
from api.incidents.correlation.decisions import (
    choose_incident,
    correlate,
    incident_key,
    open_incident,
    update_incident,
)
from api.incidents.lifecycle import IncidentState
from api.incidents.model import (
    CameraPlace,
    IncidentChoice,
    Outcome,
    StoredAlert,
    SystemAction,
)
from pipeline.alert import Change
from pipeline.signal import Level
from tests.api.alerts import NOON, alert_message, noon_plus

ELEVEN_MINUTES = 11 * 60


@pytest.mark.parametrize(
    ("change", "level", "age_s", "open_level", "expected"),
    [
        (Change.OPENED, Level.MAJOR, 0, None, Outcome.OPENS),
        (Change.CLOSED, Level.MAJOR, 0, None, Outcome.OPENS),
        (Change.OPENED, Level.MAJOR, ELEVEN_MINUTES, None, Outcome.TOO_LATE),
        (Change.OPENED, Level.MAJOR, 0, Level.MAJOR, Outcome.JOINS),
        (Change.UPDATED, Level.CRITICAL, 0, Level.MAJOR, Outcome.WORSENS),
        (Change.UPDATED, Level.CRITICAL, ELEVEN_MINUTES, Level.MAJOR, Outcome.TOO_LATE),
        (Change.CLOSED, Level.MAJOR, 0, Level.MAJOR, Outcome.ENDS),
        (Change.CLOSED, Level.MAJOR, ELEVEN_MINUTES, Level.MAJOR, Outcome.ENDS),
    ],
)
def test_an_alert_has_one_outcome_for_its_incident(
    *, change: Change, level: Level, age_s: int, open_level: Level | None, expected: Outcome
) -> None:
    alert = alert_message(change=change, level=level)

    assert correlate(alert, open_level, now=noon_plus(age_s)) is expected


OWN_INCIDENT, OTHER_INCIDENT = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("stored_level", "level", "open_id", "expected"),
    [
        (None, Level.MAJOR, None, IncidentChoice.NEW),
        (None, Level.MAJOR, OTHER_INCIDENT, IncidentChoice.OPEN),
        (Level.MAJOR, Level.MAJOR, OWN_INCIDENT, IncidentChoice.SAME),
        (Level.MAJOR, Level.CRITICAL, OWN_INCIDENT, IncidentChoice.SAME),
        (Level.MAJOR, Level.MAJOR, None, IncidentChoice.PREVIOUS),
        (Level.MAJOR, Level.MAJOR, OTHER_INCIDENT, IncidentChoice.PREVIOUS),
        (Level.MAJOR, Level.CRITICAL, None, IncidentChoice.NEW),
        (Level.MAJOR, Level.CRITICAL, OTHER_INCIDENT, IncidentChoice.OPEN),
    ],
)
def test_an_alert_stays_with_its_incident_unless_its_level_rises(
    *, stored_level: Level | None, level: Level, open_id: UUID | None, expected: IncidentChoice
) -> None:
    alert = alert_message(level=level)
    stored = incident = None
    if stored_level is not None:
        stored = StoredAlert(rev=1, level=stored_level, incident=OWN_INCIDENT)
    if open_id is not None:
        incident = replace(open_incident("key", alert, now=NOON), id=open_id)

    assert choose_incident(alert.data, stored, incident) is expected


def test_the_key_names_the_place_and_never_a_track() -> None:
    data = alert_message().data

    alone = incident_key(data, "demo/market/box-1", CameraPlace())
    grouped = incident_key(data, "demo/market/box-1", CameraPlace(site_group="the-gates"))

    assert alone == "v1|crowd_gathering|demo/market/box-1/north-gate|steps"
    assert grouped == "v1|crowd_gathering|the-gates|steps"


@pytest.mark.parametrize(
    ("score", "state", "actions"),
    [
        (0.05, IncidentState.STORED, [SystemAction.OPEN]),
        (0.3, IncidentState.NEW, [SystemAction.OPEN]),
        (0.6, IncidentState.FILED, [SystemAction.OPEN, SystemAction.FILE]),
        (0.8, IncidentState.FILED, [SystemAction.OPEN, SystemAction.FILE]),
    ],
)
def test_the_score_decides_the_first_state(
    score: float, state: IncidentState, actions: list[SystemAction]
) -> None:
    incident = open_incident("key", alert_message(score=score), now=NOON)

    assert (incident.state, [change.action for change in incident.changes]) == (state, actions)
    assert incident.clock.next_step is clocks.PLANS[state].next_step


def test_stronger_alerts_promote_a_stored_incident_step_by_step() -> None:
    incident = open_incident("key", alert_message("a", score=0.05), now=NOON)
    incident = update_incident(incident, alert_message("b", score=0.3), now=NOON, is_new=True)
    incident = update_incident(incident, alert_message("c", score=0.7), now=NOON, is_new=True)

    assert [(change.action, change.to_state) for change in incident.changes] == [
        (SystemAction.OPEN, IncidentState.STORED),
        (SystemAction.PROMOTE, IncidentState.NEW),
        (SystemAction.FILE, IncidentState.FILED),
    ]


@given(scores=st.lists(st.floats(0, 1), min_size=1, max_size=8), ages=st.lists(st.floats(0, 3600)))
def test_stale_alerts_alone_never_file_an_incident(scores: list[float], ages: list[float]) -> None:
    now = NOON + timedelta(hours=2)
    incident = open_incident("key", alert_message("0", score=scores[0]), now=now)
    for number, (score, age_s) in enumerate(zip(scores[1:], ages, strict=False), start=1):
        at = NOON + timedelta(seconds=age_s)
        incident = update_incident(
            incident, alert_message(f"{number}", score=score, at=at), now=now, is_new=True
        )

    assert incident.state in {IncidentState.NEW, IncidentState.STORED}


@given(st.permutations([(0.1, 0), (0.5, 10), (0.9, 20), (0.3, 5)]))
def test_the_order_of_arrival_does_not_change_the_result(
    alerts: list[tuple[float, int]],
) -> None:
    def result_of(order: list[tuple[float, int]]) -> tuple[IncidentState, float, int, datetime]:
        first, *rest = [
            alert_message(f"{score}", score=score, at=noon_plus(s)) for score, s in order
        ]
        incident = open_incident("key", first, now=noon_plus(20))
        for message in rest:
            incident = update_incident(incident, message, now=noon_plus(20), is_new=True)
        return incident.state, incident.probability, incident.n_alerts, incident.last_at

    assert result_of(alerts) == result_of(sorted(alerts))


def test_the_incident_passed_in_is_not_changed() -> None:
    incident = open_incident("key", alert_message("a", score=0.05), now=NOON)

    updated = update_incident(incident, alert_message("b", score=0.9), now=NOON, is_new=True)

    assert (incident.n_alerts, incident.state) == (1, IncidentState.STORED)
    assert (updated.n_alerts, updated.state) == (2, IncidentState.FILED)
