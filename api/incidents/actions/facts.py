"""What decides, beside the state, which actions are possible now. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api.incidents.actors import ActorContext
from api.incidents.lifecycle import IncidentState

UNDO_WITHIN = timedelta(seconds=10)
"""How long a review can be taken back."""
PROPOSAL_HOLDS_FOR = timedelta(hours=24)
"""How long a proposal to cancel waits for a second person."""
REOPEN_WITHIN = timedelta(days=7)
MAX_SUSPENSION = timedelta(days=30)

_WITHOUT_ORDER = frozenset({IncidentState.NEW, IncidentState.STORED})
_NOT_ACCEPTED = frozenset({IncidentState.FILED, IncidentState.DISPATCHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFacts:
    """The facts of an incident that permit or forbid an action.

    Args:
        closed_at: ``None`` while the incident is open.
        reviewed_at: Time of the newest review; ``None`` if there is none, or it was undone.
        reviewed_by: Id of the account.
        reviewed_from: State before that review.
        cancel_proposed_by: Id of the account.
        cancel_proposer: Its name.
    """

    closed_at: datetime | None = None
    reviewed_at: datetime | None = None
    reviewed_by: int | None = None
    reviewed_from: IncidentState | None = None
    cancel_proposed_at: datetime | None = None
    cancel_proposed_by: int | None = None
    cancel_proposer: str | None = None
    cancel_reason: str = ""
    previous_state: IncidentState | None = None

    def is_cancel_proposed(self, now: datetime) -> bool:
        """Return whether a proposal to cancel waits for a second person."""
        at = self.cancel_proposed_at
        return at is not None and now < at + PROPOSAL_HOLDS_FOR

    def undo_within(self, now: datetime) -> timedelta | None:
        """Return how much longer the newest review can be undone; ``None`` without one."""
        at = self.reviewed_at
        return None if at is None else max(at + UNDO_WITHIN - now, timedelta())


def actor_at(
    actor: ActorContext, facts: ActionFacts, state: IncidentState, *, account: int, now: datetime
) -> ActorContext:
    """Return an actor with what is true of the incident now."""
    is_recent = facts.reviewed_at is not None and now < facts.reviewed_at + UNDO_WITHIN
    is_own = facts.reviewed_by == account
    is_proposed = facts.is_cancel_proposed(now)
    return replace(
        actor,
        can_undo=is_recent and is_own and undo_target(facts, state) is not None,
        is_cancel_proposed=is_proposed,
        has_proposed_cancel=is_proposed and facts.cancel_proposed_by == account,
        is_recently_ended=facts.closed_at is not None and now < facts.closed_at + REOPEN_WITHIN,
    )


def undo_target(facts: ActionFacts, state: IncidentState) -> IncidentState | None:
    """Return the state after the newest review is undone; ``None`` if it cannot be.

    A confirmation is undone until somebody has accepted the order that followed from it. A
    confirmation that only added a verdict leaves the state as it is.
    """
    before = facts.reviewed_from
    if before is None:
        return None
    if state is IncidentState.REJECTED:
        return before
    if before in _WITHOUT_ORDER:
        return before if state in _NOT_ACCEPTED else None
    return state
