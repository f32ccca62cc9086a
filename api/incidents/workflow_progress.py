"""The six steps of the closed loop, and where an incident stands in them. Pure.

发现上报 → 受理派遣 → 处置反馈 → 任务核查 → 事件归档 → 考核评价
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from api.incidents.lifecycle import IncidentState


class WorkflowStep(StrEnum):
    """The steps, in their order."""

    REPORTED = "reported"
    ASSIGNED = "assigned"
    HANDLED = "handled"
    VERIFIED = "verified"
    ARCHIVED = "archived"
    RATED = "rated"


class StepStatus(StrEnum):
    """How far a step is; ``ENDED`` is where an incident left the loop before its end."""

    DONE = "done"
    CURRENT = "current"
    PENDING = "pending"
    ENDED = "ended"


class HistoryEntry(Protocol):
    """The part of an audit entry that a workflow is derived from."""

    @property
    def at(self) -> datetime:
        """When it happened."""

    @property
    def actor(self) -> str:
        """The name of an account, or ``system``."""

    @property
    def from_state(self) -> str | None:
        """The state before; ``None`` for the first entry."""

    @property
    def to_state(self) -> str | None:
        """The state after; ``None`` where no state is concerned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """One step of an incident; who completed it and when is ``None`` until then."""

    step: WorkflowStep
    status: StepStatus
    completed_at: datetime | None = None
    completed_by: str | None = None


_STATES_OF_STEP = {
    WorkflowStep.ASSIGNED: "new stored filed rejected merged cancelled",
    WorkflowStep.HANDLED: "dispatched accepted handling suspended",
    WorkflowStep.VERIFIED: "feedback verifying",
    WorkflowStep.ARCHIVED: "closed",
    WorkflowStep.RATED: "archived",
}
CURRENT_STEP = {
    IncidentState(state): step
    for step, states in _STATES_OF_STEP.items()
    for state in states.split()
}
"""The step that an incident in a state waits in; ``evaluated`` is past the last one."""

ENDED_STATES = frozenset({IncidentState.REJECTED, IncidentState.MERGED, IncidentState.CANCELLED})

COMPLETING_STATES = {
    WorkflowStep.REPORTED: frozenset({"new", "stored", "filed"}),
    WorkflowStep.ASSIGNED: frozenset({"dispatched", "rejected", "merged", "cancelled"}),
    WorkflowStep.HANDLED: frozenset({"feedback"}),
    WorkflowStep.VERIFIED: frozenset({"closed"}),
    WorkflowStep.ARCHIVED: frozenset({"archived"}),
    WorkflowStep.RATED: frozenset({"evaluated"}),
}
"""The states whose entry completes a step."""


def workflow_progress(
    state: IncidentState, history: Sequence[HistoryEntry]
) -> tuple[StepProgress, ...]:
    """Locate an incident in the workflow.

    Args:
        state: The state of the incident.
        history: Its audit entries, oldest first.

    Returns:
        All six steps in order. A step that was repeated has its last completion, but the
        report has its first.
    """
    return tuple(_progress(step, state, history) for step in WorkflowStep)


def _progress(
    step: WorkflowStep, state: IncidentState, history: Sequence[HistoryEntry]
) -> StepProgress:
    status = _status(step, state)
    if status in {StepStatus.CURRENT, StepStatus.PENDING}:
        return StepProgress(step=step, status=status)
    completions = [entry for entry in history if _completes(entry, step)]
    if not completions:
        return StepProgress(step=step, status=status)
    entry = completions[0 if step is WorkflowStep.REPORTED else -1]
    return StepProgress(step=step, status=status, completed_at=entry.at, completed_by=entry.actor)


def _status(step: WorkflowStep, state: IncidentState) -> StepStatus:
    current = CURRENT_STEP.get(state)
    steps = list(WorkflowStep)
    if current is None or steps.index(step) < steps.index(current):
        return StepStatus.DONE
    if step is not current:
        return StepStatus.PENDING
    return StepStatus.ENDED if state in ENDED_STATES else StepStatus.CURRENT


def _completes(entry: HistoryEntry, step: WorkflowStep) -> bool:
    return entry.to_state != entry.from_state and entry.to_state in COMPLETING_STATES[step]
