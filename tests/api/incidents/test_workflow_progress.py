"""The six workflow steps, derived from the state and the history of an incident."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.incidents.lifecycle import IncidentState
from api.incidents.workflow_progress import StepStatus, WorkflowStep, workflow_progress
from tests.api.alerts import NOON

MARKS = {
    StepStatus.DONE: "#",
    StepStatus.CURRENT: ">",
    StepStatus.PENDING: ".",
    StepStatus.ENDED: "x",
}


@dataclass(frozen=True)
class Entry:
    at: datetime
    actor: str
    from_state: str | None
    to_state: str | None


def make_history(*entries: tuple[str, str]) -> list[Entry]:
    """Make the audit entries of (state entered, actor), a minute apart."""
    states = [None, *(state for state, _ in entries)]
    return [
        Entry(NOON + timedelta(minutes=minute), actor, before, after)
        for minute, ((before, after), (_, actor)) in enumerate(
            zip(pairwise(states), entries, strict=True)
        )
    ]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("new", "#>...."),
        ("stored", "#>...."),
        ("filed", "#>...."),
        ("rejected", "#x...."),
        ("merged", "#x...."),
        ("dispatched", "##>..."),
        ("handling", "##>..."),
        ("feedback", "###>.."),
        ("closed", "####>."),
        ("archived", "#####>"),
        ("evaluated", "######"),
    ],
)
def test_the_state_determines_the_status_of_each_step(state: str, expected: str) -> None:
    progress = workflow_progress(IncidentState(state), [])

    assert "".join(MARKS[step.status] for step in progress) == expected


@given(state=st.sampled_from(IncidentState))
def test_every_state_has_a_place_in_the_workflow(state: IncidentState) -> None:
    statuses = [step.status for step in workflow_progress(state, [])]

    waiting = [s for s in statuses if s in {StepStatus.CURRENT, StepStatus.ENDED}]
    assert len(waiting) == (state is not IncidentState.EVALUATED)
    ranks = [{StepStatus.DONE: 0, StepStatus.PENDING: 2}.get(status, 1) for status in statuses]
    assert ranks == sorted(ranks)


def test_a_repeated_step_has_its_last_completion_and_the_report_its_first() -> None:
    history = make_history(
        ("new", "system"),
        ("filed", "operator"),
        ("dispatched", "system"),
        ("accepted", "worker"),
        ("handling", "worker"),
        ("feedback", "worker"),
        ("handling", "operator"),
        ("feedback", "second worker"),
    )

    progress = workflow_progress(IncidentState.FEEDBACK, history)

    assert {step.step: (step.completed_by, step.completed_at) for step in progress[:3]} == {
        WorkflowStep.REPORTED: ("system", NOON),
        WorkflowStep.ASSIGNED: ("system", NOON + timedelta(minutes=2)),
        WorkflowStep.HANDLED: ("second worker", NOON + timedelta(minutes=7)),
    }
    assert all(step.completed_at is None for step in progress[3:])


def test_a_change_within_a_state_completes_nothing() -> None:
    history = [Entry(NOON, "system", "dispatched", "dispatched")]

    progress = workflow_progress(IncidentState.ACCEPTED, history)

    assert progress[1].completed_by is None
