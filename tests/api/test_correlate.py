from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.score import Decision, Prior, Thresholds, decide, probability
from api.incidents.correlation import correlate, incident_key, open_incident, update_incident
from api.incidents.lifecycle import IncidentState
from api.incidents.model import CameraPlace, Outcome, SystemAction
from api.ingest.receipts import advance_ack
from pipeline.alert import Change
from pipeline.signal import Level
from tests.api.alerts import NOON, a_message, after

ELEVEN_MINUTES = 11 * 60


@pytest.mark.parametrize(
    ("change", "level", "age_s", "open_at", "expected"),
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
def test_each_outcome_has_its_case(
    *, change: Change, level: Level, age_s: int, open_at: Level | None, expected: Outcome
) -> None:
    alert = a_message(change=change, level=level)

    assert correlate(alert, open_at, now=after(age_s)) is expected


def test_the_key_is_the_place_and_never_a_track() -> None:
    data = a_message().data

    alone = incident_key(data, "demo/market/box-1", CameraPlace())
    grouped = incident_key(data, "demo/market/box-1", CameraPlace(site_group="the-gates"))

    assert alone == "v1|crowd_gathering|demo/market/box-1/north-gate|steps"
    assert grouped == "v1|crowd_gathering|the-gates|steps"


@pytest.mark.parametrize(
    ("score", "state", "marks"),
    [
        (0.05, IncidentState.STORED, [SystemAction.OPEN]),
        (0.3, IncidentState.NEW, [SystemAction.OPEN]),
        (0.6, IncidentState.FILED, [SystemAction.OPEN, SystemAction.FILE]),
        (0.8, IncidentState.FILED, [SystemAction.OPEN, SystemAction.FILE]),
    ],
)
def test_the_score_decides_whom_it_is_shown_to(
    score: float, state: IncidentState, marks: list[SystemAction]
) -> None:
    incident = open_incident("key", a_message(score=score), now=NOON)

    assert (incident.state, [step.action for step in incident.changes]) == (state, marks)
    assert (incident.review_due_at is None) == (state is IncidentState.FILED)


def test_what_was_stored_is_lifted_step_by_step() -> None:
    incident = open_incident("key", a_message("a", score=0.05), now=NOON)
    incident = update_incident(incident, a_message("b", score=0.3), now=NOON, is_new=True)
    incident = update_incident(incident, a_message("c", score=0.7), now=NOON, is_new=True)

    assert [(s.action, s.to_state) for s in incident.changes] == [
        (SystemAction.OPEN, IncidentState.STORED),
        (SystemAction.PROMOTE, IncidentState.NEW),
        (SystemAction.FILE, IncidentState.FILED),
    ]


@given(scores=st.lists(st.floats(0, 1), min_size=1, max_size=8), ages=st.lists(st.floats(0, 3600)))
def test_late_alerts_alone_never_reach_a_phone(scores: list[float], ages: list[float]) -> None:
    now = NOON + timedelta(hours=2)
    incident = open_incident("key", a_message("0", score=scores[0]), now=now)
    for number, (score, age_s) in enumerate(zip(scores[1:], ages, strict=False), start=1):
        at = NOON + timedelta(seconds=age_s)
        incident = update_incident(
            incident, a_message(f"{number}", score=score, at=at), now=now, is_new=True
        )

    assert incident.state in {IncidentState.NEW, IncidentState.STORED}


@given(st.permutations([(0.1, 0), (0.5, 10), (0.9, 20), (0.3, 5)]))
def test_order_of_arrival_does_not_change_what_an_incident_ends_as(
    told: list[tuple[float, int]],
) -> None:
    def end(order: list[tuple[float, int]]) -> tuple[IncidentState, float, int, datetime]:
        first, *rest = [a_message(f"{score}", score=score, at=after(s)) for score, s in order]
        incident = open_incident("key", first, now=after(20))
        for message in rest:
            incident = update_incident(incident, message, now=after(20), is_new=True)
        return incident.state, incident.probability, incident.n_alerts, incident.last_at

    assert end(told) == end(sorted(told))


@given(st.floats(0, 1), st.floats(0, 1))
def test_probability_rises_with_the_raw_score(low: float, high: float) -> None:
    low, high = sorted((low, high))

    assert 0 < probability(low, Prior()) <= probability(high, Prior()) < 1


def test_the_usual_score_is_as_true_as_was_seen() -> None:
    prior = Prior(usual_score=0.6, true_share=0.8)

    assert probability(0.6, prior) == pytest.approx(0.8)


@pytest.mark.parametrize("is_late", [True, False])
@given(likely=st.floats(0, 1))
def test_a_late_one_is_never_pushed(is_late: bool, likely: float) -> None:
    decision = decide(likely, Thresholds(push=0.7, low=0.2), is_late=is_late)

    assert (decision is Decision.PUSH) == (likely >= 0.7 and not is_late)
    assert (decision is Decision.STORE) == (likely < 0.2)


@given(batches=st.lists(st.sets(st.integers(1, 60), min_size=1), min_size=1, max_size=6))
def test_receipts_tell_exactly_what_was_committed(batches: list[set[int]]) -> None:
    acked_seq, also = 0, list[int]()
    for batch in batches:
        acked_seq, also = advance_ack(acked_seq, also, batch)

    assert set(range(1, acked_seq + 1)) | set(also) == set[int]().union(*batches)
    assert acked_seq + 1 not in also


def test_a_backlog_sent_by_importance_leaves_no_hole() -> None:
    """Every fifth number first, as a day without a broker is sent: all are received in the end."""
    sent = sorted(range(1, 50_001), key=lambda seq: (seq % 5 > 0, seq))
    acked_seq, also = 0, list[int]()
    for first in range(0, len(sent), 500):
        acked_seq, also = advance_ack(acked_seq, also, sent[first : first + 500])

    assert (acked_seq, also) == (50_000, [])
