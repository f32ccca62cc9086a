from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.score import Decision
from api.incidents import clocks
from api.incidents.correlation.decisions import (
    judge_alert,
    open_incident,
    outcome_of,
    update_incident,
)
from api.incidents.correlation.false_alarms import Restraint
from api.incidents.correlation.joining import incident_key
from api.incidents.lifecycle import IncidentState
from api.incidents.model import (
    CameraPlace,
    Incident,
    Outcome,
    SystemAction,
)
from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import AlertMessage
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

    assert outcome_of(judge_alert(alert, now=noon_plus(age_s)), open_level) is expected


def test_the_key_names_the_place_and_never_a_track() -> None:
    data = alert_message().data

    alone = incident_key(data, "demo/market/box-1", CameraPlace())
    grouped = incident_key(data, "demo/market/box-1", CameraPlace(site_group="the-gates"))

    assert alone == "v2|crowd|demo/market/box-1/north-gate|steps"
    assert grouped == "v2|crowd|the-gates|steps"


def opened(message: AlertMessage, *, now: datetime = NOON) -> Incident:
    return open_incident("key", judge_alert(message, now=now), now=now)


def joined(incident: Incident, message: AlertMessage, *, now: datetime = NOON) -> Incident:
    return update_incident(incident, judge_alert(message, now=now), now=now, is_new=True)


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
    incident = opened(alert_message(score=score))

    assert (incident.state, [change.action for change in incident.changes]) == (state, actions)
    assert incident.clock is not None
    assert incident.clock.next_step is clocks.PLANS[state].next_step


def test_stronger_alerts_promote_a_stored_incident_step_by_step() -> None:
    incident = opened(alert_message("a", score=0.05))
    incident = joined(incident, alert_message("b", score=0.3))
    incident = joined(incident, alert_message("c", score=0.7))

    assert [(change.action, change.to_state) for change in incident.changes] == [
        (SystemAction.OPEN, IncidentState.STORED),
        (SystemAction.PROMOTE, IncidentState.NEW),
        (SystemAction.FILE, IncidentState.FILED),
    ]


@given(scores=st.lists(st.floats(0, 1), min_size=1, max_size=8), ages=st.lists(st.floats(0, 3600)))
def test_stale_alerts_alone_never_file_an_incident(scores: list[float], ages: list[float]) -> None:
    now = NOON + timedelta(hours=2)
    incident = opened(alert_message("0", score=scores[0]), now=now)
    for number, (score, age_s) in enumerate(zip(scores[1:], ages, strict=False), start=1):
        at = NOON + timedelta(seconds=age_s)
        incident = joined(incident, alert_message(f"{number}", score=score, at=at), now=now)

    assert incident.state in {IncidentState.NEW, IncidentState.STORED}


@given(st.permutations([(0.1, 0), (0.5, 10), (0.9, 20), (0.3, 5)]))
def test_the_order_of_arrival_does_not_change_the_result(
    alerts: list[tuple[float, int]],
) -> None:
    def result_of(order: list[tuple[float, int]]) -> tuple[IncidentState, float, int, datetime]:
        first, *rest = [
            alert_message(f"{score}", score=score, at=noon_plus(s)) for score, s in order
        ]
        incident = opened(first, now=noon_plus(20))
        for message in rest:
            incident = joined(incident, message, now=noon_plus(20))
        return incident.state, incident.probability, incident.n_alerts, incident.last_at

    assert result_of(alerts) == result_of(sorted(alerts))


def test_the_incident_passed_in_is_not_changed() -> None:
    incident = opened(alert_message("a", score=0.05))

    updated = joined(incident, alert_message("b", score=0.9))

    assert (incident.n_alerts, incident.state) == (1, IncidentState.STORED)
    assert (updated.n_alerts, updated.state) == (2, IncidentState.FILED)


def test_a_late_incident_is_decided_anew_from_a_live_alert() -> None:
    late = opened(alert_message("a", score=0.95), now=noon_plus(ELEVEN_MINUTES))
    live = alert_message("b", score=0.9, level=Level.CRITICAL, at=noon_plus(ELEVEN_MINUTES))

    incident = joined(late, live, now=noon_plus(ELEVEN_MINUTES))

    assert (late.state, late.decision) == (IncidentState.NEW, Decision.LATE)
    assert (incident.state, incident.decision) == (IncidentState.FILED, Decision.PUSH)


@given(
    late_score=st.floats(0.3, 1),
    live_score=st.floats(0, 1),
    level=st.sampled_from(Level),
    scenario=st.sampled_from(["crowd_gathering", "fall", "smoke_fire", "my_rule"]),
)
def test_a_live_alert_gets_at_least_what_it_would_get_alone(
    late_score: float, live_score: float, level: Level, scenario: str
) -> None:
    now = noon_plus(ELEVEN_MINUTES)
    late = opened(alert_message("a", score=late_score, scenario=scenario), now=now)
    message = alert_message("b", score=live_score, level=level, scenario=scenario, at=now)

    alone, together = opened(message, now=now), joined(late, message, now=now)

    assert together.decision.rank >= alone.decision.rank


@pytest.mark.parametrize("state", ["filed", "dispatched", "accepted", "handling"])
def test_a_worsening_shortens_the_clock_whatever_the_state(state: str) -> None:
    incident_state = IncidentState(state)
    minor = replace(opened(alert_message("a", level=Level.MINOR)), state=incident_state)
    slow = clocks.start_clock(incident_state, Level.MINOR, clocks.desk(None), now=NOON)

    worse = joined(replace(minor, clock=slow), alert_message("b", level=Level.CRITICAL))

    assert worse.clock is not None
    limit = clocks.PLANS[incident_state].limits[Level.CRITICAL]
    assert worse.clock.due_at == NOON + limit < slow.due_at
    assert worse.changes[-1].action is SystemAction.WORSEN


def test_an_incident_has_the_scenario_of_its_lead_alert() -> None:
    incident = opened(alert_message("a", scenario="crowd_gathering", score=0.5))

    stronger = joined(incident, alert_message("b", scenario="crowd_density", score=0.9))
    weaker = joined(incident, alert_message("c", scenario="queue_too_long", score=0.4))

    assert (stronger.scenario, weaker.scenario) == ("crowd_density", "crowd_gathering")


def test_the_gravest_alert_leads_whatever_the_scores() -> None:
    queue = alert_message("a", scenario="queue_too_long", score=0.9, level=Level.MINOR)
    crowd = alert_message("b", scenario="crowd_gathering", score=0.6, level=Level.MAJOR)
    more_queue = alert_message("c", scenario="queue_too_long", score=0.95, level=Level.MINOR)

    incident = joined(joined(opened(queue), crowd), more_queue)

    assert (incident.level, incident.scenario) == (Level.MAJOR, "crowd_gathering")
    assert incident.lead_alert == crowd.data.alert_id
    assert incident.score == 0.95


def test_a_restraint_sends_an_incident_to_an_operator_and_says_why() -> None:
    judged = judge_alert(alert_message(score=0.9), now=NOON, restraint=Restraint.JUST_REJECTED)

    incident = open_incident("key", judged, now=NOON)

    assert (incident.state, incident.decision) == (IncidentState.NEW, Decision.REVIEW)
    assert incident.changes[0].detail == {"restraint": "just_rejected"}


def test_a_suppressed_incident_is_stored_and_called_once_nothing_withholds_it() -> None:
    judged = judge_alert(alert_message(score=0.9), now=NOON, suppression=UUID(int=7))
    suppressed = open_incident("key", judged, now=NOON)

    released = joined(suppressed, alert_message(rev=2, score=0.9, at=noon_plus(60)))

    assert (suppressed.state, suppressed.decision) == (IncidentState.STORED, Decision.SUPPRESSED)
    assert suppressed.suppression == UUID(int=7)
    assert (released.state, released.suppression) == (IncidentState.FILED, None)


def test_an_incident_that_repeats_its_call_acts_at_once() -> None:
    incident = opened(alert_message("a", score=0.4))
    judged = judge_alert(alert_message("b", score=0.4, at=noon_plus(30)), now=noon_plus(30))

    called = update_incident(incident, judged, now=noon_plus(30), is_new=True, repeats_call=True)

    assert called.clock is not None
    assert called.clock.next_action_at == noon_plus(30)
