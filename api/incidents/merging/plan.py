"""Decide which of two incidents stands for both, and what a split restores. Pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.accounts.store import Account
from api.accuracy.score import Decision
from api.errors import ConflictError
from api.incidents.clocks import Clock, desk, shorten_clock, start_clock
from api.incidents.correlation.decisions import STATE_OF_DECISION
from api.incidents.lifecycle import IncidentState
from pipeline.signal import Level

ENGAGED = frozenset(
    {
        IncidentState.ACCEPTED,
        IncidentState.HANDLING,
        IncidentState.FEEDBACK,
        IncidentState.VERIFYING,
        IncidentState.SUSPENDED,
    }
)
"""A person has taken it: its order goes on, whatever it is merged with."""

BOTH_TAKEN = "both_taken"
"""Why two incidents are linked instead of merged; the code of the refusal and of the link."""

MERGEABLE = ENGAGED | {
    IncidentState.NEW,
    IncidentState.STORED,
    IncidentState.FILED,
    IncidentState.DISPATCHED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSide:
    """One of two incidents; its row is locked.

    Args:
        root: The incident that it was merged into.
        order: Its open work order, with the area of that.
        n_alerts: With those of its children.
    """

    id: UUID
    key: str
    state: IncidentState
    level: Level
    decision: Decision
    version: int
    area_code: str | None
    root: UUID | None
    clock: Clock | None
    order: UUID | None
    order_area: str | None
    n_alerts: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """What a merge does.

    Args:
        state: New state of the root; ``None`` leaves it.
        clock: New clock of the root; ``None`` leaves it.
        level: Level of the root afterwards.
    """

    child: MergeSide
    root: MergeSide
    state: IncidentState | None
    clock: Clock | None
    level: Level
    decision: Decision

    @property
    def is_worse(self) -> bool:
        """Whether the level of the root rises."""
        return self.level > self.root.level


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who merges or splits, and what they say; without an account the system."""

    account: Account | None
    at: datetime
    comment: str = ""


def plan_merge(child: MergeSide, root: MergeSide, *, now: datetime) -> MergePlan:
    """Decide what a merge does.

    The incident that a person has taken stands for both, whichever was named.

    Raises:
        ConflictError: One of them is not open (``wrong_state``), or persons have taken both
            (``both_taken``): these are linked, never merged.
    """
    for side in (child, root):
        if side.state not in MERGEABLE:
            raise ConflictError("wrong_state", side.state, side.version)
    if child.state in ENGAGED:
        if root.state in ENGAGED:
            raise ConflictError(BOTH_TAKEN, child.state, child.version)
        child, root = root, child
    state = _stronger_state(child, root)
    level = max(child.level, root.level)
    return MergePlan(
        child=child,
        root=root,
        state=state,
        clock=_clock(root, state, level, now=now),
        level=level,
        decision=max(child.decision, root.decision, key=lambda decision: decision.rank),
    )


def restored_state(child: MergeSide) -> IncidentState:
    """Return the state of a child that is split off: that of its own decision."""
    return STATE_OF_DECISION[child.decision]


def restored_clock(child: MergeSide, *, now: datetime) -> Clock:
    """Return the clock of a child that is split off: it starts anew."""
    return start_clock(restored_state(child), child.level, desk(child.area_code), now=now)


def _stronger_state(child: MergeSide, root: MergeSide) -> IncidentState | None:
    """Return the state that the root takes over; a call is never lost by a merge."""
    filed = {IncidentState.FILED, IncidentState.DISPATCHED}
    unreviewed = {IncidentState.NEW, IncidentState.STORED}
    if root.state in unreviewed and child.state in filed:
        return IncidentState.FILED
    if root.state is IncidentState.STORED and child.state is IncidentState.NEW:
        return IncidentState.NEW
    return None


def _clock(
    root: MergeSide, state: IncidentState | None, level: Level, *, now: datetime
) -> Clock | None:
    if root.clock is None:
        return None
    if state is not None:
        return start_clock(state, level, root.clock.responsible, now=now)
    if level > root.level:
        return shorten_clock(root.clock, root.state, level, now=now)
    return None
