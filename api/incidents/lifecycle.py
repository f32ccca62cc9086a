"""The lifecycle of an incident: who may do what in which state, as one table.

new, filed, dispatched, accepted, handling, feedback, verifying, closed. Up to ``filed`` the
incident changes by itself; from ``dispatched`` on its work order does, and the incident mirrors
the order.
"""

from dataclasses import dataclass
from enum import StrEnum

from api.errors import ConflictError


class IncidentState(StrEnum):
    """The state of an incident; stored and shown under this name."""

    NEW = "new"
    STORED = "stored"
    FILED = "filed"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    HANDLING = "handling"
    FEEDBACK = "feedback"
    VERIFYING = "verifying"
    CLOSED = "closed"
    ARCHIVED = "archived"
    EVALUATED = "evaluated"
    REJECTED = "rejected"
    MERGED = "merged"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class OrderState(StrEnum):
    """The state of a work order; stored and shown under this name."""

    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    HANDLING = "handling"
    FEEDBACK = "feedback"
    VERIFYING = "verifying"
    CLOSED = "closed"
    RETURNED = "returned"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class DeskTask(StrEnum):
    """What an incident awaits from an operator."""

    REVIEW = "review"
    VERIFICATION = "verification"


STATE_OF_TASK = {
    DeskTask.REVIEW: IncidentState.NEW,
    DeskTask.VERIFICATION: IncidentState.FEEDBACK,
}


class Action(StrEnum):
    """What changes the state; the name goes to routes, buttons and the audit log."""

    FILE = "file"
    CONFIRM = "confirm"
    REJECT = "reject"
    DISPATCH = "dispatch"
    ESCALATE = "escalate"
    EXPIRE = "expire"
    ACCEPT = "accept"
    RETURN = "return"
    START = "start"
    REPORT = "report"
    VERIFY = "verify"
    REWORK = "rework"
    RESUME = "resume"
    RECOVER = "recover"
    """What was wrong with the equipment has ended before anybody took it up."""
    REOPEN = "reopen"
    ARCHIVE = "archive"
    EVALUATE = "evaluate"


class ActorRole(StrEnum):
    """What an actor is to an incident."""

    SYSTEM = "system"
    DESK = "desk"
    """An operator, supervisor or admin of the area."""
    ADDRESSED = "addressed"
    """Was notified of the open order."""
    HANDLER = "handler"
    """Has accepted the open order."""
    VERIFIER = "verifier"
    """A desk that is not the handler."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorContext:
    """Who acts, and what is known of the incident.

    Args:
        is_system: The program acts; everybody else is an account.
        is_desk: An operator, supervisor or admin whose area contains the incident, or anybody who
            was asked to help with it.
        is_addressed: Was notified of the open order.
        is_handler: Has accepted the open order.
        is_reviewed: A desk has already confirmed or rejected the incident.
    """

    is_system: bool = False
    is_desk: bool = False
    is_addressed: bool = False
    is_handler: bool = False
    is_reviewed: bool = False

    @property
    def roles(self) -> frozenset[ActorRole]:
        """Every role of this actor."""
        holds = {
            ActorRole.SYSTEM: self.is_system,
            ActorRole.DESK: self.is_desk,
            ActorRole.ADDRESSED: self.is_addressed,
            ActorRole.HANDLER: self.is_handler,
            ActorRole.VERIFIER: self.is_desk and not self.is_handler,
        }
        return frozenset(role for role, is_held in holds.items() if is_held)


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: ``action`` leads from any of ``from_states`` to ``to_state``.

    Args:
        to_state: ``None`` if only a verdict is added and the state stays.
        roles: Who may do it.
        unless_reviewed: Not allowed once a desk has reviewed the incident.
    """

    action: Action
    from_states: frozenset[IncidentState]
    to_state: IncidentState | None
    roles: frozenset[ActorRole]
    needs_reason: bool = False
    unless_reviewed: bool = False


def _transition(
    action: Action,
    from_states: str,
    to_state: IncidentState | None,
    role: ActorRole,
    *,
    needs_reason: bool = False,
    unless_reviewed: bool = False,
) -> Transition:
    states = frozenset(map(IncidentState, from_states.split()))
    return Transition(action, states, to_state, frozenset({role}), needs_reason, unless_reviewed)


_SYSTEM, _DESK, _ADDRESSED = ActorRole.SYSTEM, ActorRole.DESK, ActorRole.ADDRESSED
_HANDLER, _VERIFIER = ActorRole.HANDLER, ActorRole.VERIFIER
_IN_PROGRESS = "dispatched accepted handling"
_TO_VERIFY = "feedback verifying"

TRANSITIONS = (
    _transition(Action.FILE, "new stored", IncidentState.FILED, _SYSTEM),
    _transition(Action.CONFIRM, "new stored", IncidentState.FILED, _DESK),
    _transition(Action.CONFIRM, f"filed {_IN_PROGRESS}", None, _DESK, unless_reviewed=True),
    _transition(Action.CONFIRM, _TO_VERIFY, None, _DESK, unless_reviewed=True),
    _transition(
        Action.REJECT, "new stored filed", IncidentState.REJECTED, _DESK, needs_reason=True
    ),
    _transition(Action.REJECT, _IN_PROGRESS, IncidentState.REJECTED, _DESK, needs_reason=True),
    _transition(Action.DISPATCH, "filed", IncidentState.DISPATCHED, _SYSTEM),
    _transition(Action.ESCALATE, "dispatched", IncidentState.DISPATCHED, _SYSTEM),
    _transition(Action.EXPIRE, "accepted", IncidentState.FILED, _SYSTEM),
    _transition(Action.ACCEPT, "dispatched", IncidentState.ACCEPTED, _ADDRESSED),
    _transition(Action.RETURN, "dispatched", IncidentState.FILED, _ADDRESSED, needs_reason=True),
    _transition(Action.RETURN, "accepted", IncidentState.FILED, _HANDLER, needs_reason=True),
    _transition(Action.START, "accepted", IncidentState.HANDLING, _HANDLER),
    _transition(Action.REPORT, "handling", IncidentState.FEEDBACK, _HANDLER),
    _transition(Action.VERIFY, _TO_VERIFY, IncidentState.CLOSED, _VERIFIER),
    _transition(Action.REWORK, _TO_VERIFY, IncidentState.HANDLING, _VERIFIER, needs_reason=True),
    _transition(Action.RESUME, "suspended", IncidentState.NEW, _SYSTEM),
    _transition(Action.RECOVER, "new stored filed dispatched", IncidentState.CLOSED, _SYSTEM),
    _transition(Action.REOPEN, "closed archived", IncidentState.FILED, _SYSTEM),
    _transition(Action.ARCHIVE, "closed stored", IncidentState.ARCHIVED, _SYSTEM),
    _transition(Action.EVALUATE, "archived", IncidentState.EVALUATED, _DESK),
)

SHOWN_ACTIONS = frozenset(Action) - {Action.EVALUATE}
"""The actions that a page may show as buttons; rating has its own pages."""


def allowed_actions(state: IncidentState, actor: ActorContext) -> list[Action]:
    """List the actions that ``actor`` may take now, in the order of the lifecycle."""
    return [
        transition.action
        for transition in TRANSITIONS
        if transition.action in SHOWN_ACTIONS and _is_allowed(transition, state, actor)
    ]


def apply_action(
    state: IncidentState,
    action: Action,
    actor: ActorContext,
    *,
    reason: str = "",
    version: int = 0,
) -> IncidentState:
    """Return the state after an action; the same state if the action only adds a verdict.

    Args:
        reason: Required by some transitions; white space does not count.
        version: Of the incident or order, for the error.

    Raises:
        ConflictError: The state does not allow the action (``wrong_state``), the actor may
            not take it (``not_yours``), or the reason is missing (``needs_reason``).
    """
    candidates = [
        transition
        for transition in TRANSITIONS
        if transition.action is action and state in transition.from_states
    ]
    if not candidates:
        raise ConflictError("wrong_state", state, version)
    allowed = [transition for transition in candidates if _is_allowed(transition, state, actor)]
    if not allowed:
        raise ConflictError("not_yours", state, version)
    if allowed[0].needs_reason and not reason.strip():
        raise ConflictError("needs_reason", state, version)
    return allowed[0].to_state or state


def _is_allowed(transition: Transition, state: IncidentState, actor: ActorContext) -> bool:
    is_used_up = transition.unless_reviewed and actor.is_reviewed
    return (
        state in transition.from_states and bool(transition.roles & actor.roles) and not is_used_up
    )
