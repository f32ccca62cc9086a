"""The lifecycle of an incident: who may do what in which state, as one table.

new, filed, dispatched, accepted, handling, feedback, verifying, closed. Up to ``filed`` the
incident changes by itself; from ``dispatched`` on its work order does, and the incident mirrors
the order.
"""

from dataclasses import dataclass
from enum import StrEnum

from api.errors import ConflictError
from api.incidents.actors import ActorContext, ActorRole, Condition


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


ENDED_STATES = frozenset(
    {
        IncidentState.CLOSED,
        IncidentState.ARCHIVED,
        IncidentState.EVALUATED,
        IncidentState.REJECTED,
        IncidentState.MERGED,
        IncidentState.CANCELLED,
    }
)
"""The states in which nobody has to act on an incident; the others are open."""


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
    UNDO = "undo"
    """Take back one's own confirmation or rejection."""
    DISPATCH = "dispatch"
    REASSIGN = "reassign"
    """Give the open order to somebody else."""
    RECALL = "recall"
    """Withdraw the open order; who is on duty is notified anew."""
    RECALL_TO_DESK = "recall_to_desk"
    """Withdraw the open order; the desk decides again."""
    ADD_COLLEAGUE = "add_colleague"
    REQUEST_HELP = "request_help"
    """Ask another department to help with the open order."""
    JOIN = "join"
    """Answer a request for help."""
    CHANGE_LEVEL = "change_level"
    NOTE = "note"
    FIELD_RECORD = "field_record"
    """Something that a worker recorded and that could not be applied; it has no transition."""
    ESCALATE = "escalate"
    EXPIRE = "expire"
    ACCEPT = "accept"
    RETURN = "return"
    START = "start"
    REPORT = "report"
    VERIFY = "verify"
    REWORK = "rework"
    SUSPEND = "suspend"
    RESUME = "resume"
    RECOVER = "recover"
    """What was wrong with the equipment has ended before anybody took it up."""
    PROPOSE_CANCEL = "propose_cancel"
    CANCEL = "cancel"
    """Cancel what another person has proposed to cancel."""
    RELEASE = "release"
    """The incidents that this one stood for were confirmed, and go on by themselves."""
    REOPEN = "reopen"
    MERGE = "merge"
    """Make the incident part of another one."""
    SPLIT = "split"
    """Take the incident out of the one it was merged into."""
    ARCHIVE = "archive"
    EVALUATE = "evaluate"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: ``action`` leads from any of ``from_states`` to ``to_state``.

    Args:
        to_state: ``None`` if the state stays. What resumes or is split off goes on in the state
            it had, if that is known.
        roles: Who may do it.
    """

    action: Action
    from_states: frozenset[IncidentState]
    to_state: IncidentState | None
    roles: frozenset[ActorRole]
    needs_reason: bool = False
    condition: Condition | None = None


def _transition(
    action: Action,
    from_states: str,
    to_state: IncidentState | None,
    *roles: ActorRole,
    needs_reason: bool = False,
    condition: Condition | None = None,
) -> Transition:
    states = frozenset(map(IncidentState, from_states.split()))
    return Transition(action, states, to_state, frozenset(roles), needs_reason, condition)


_SYSTEM, _DESK, _SUPERVISOR = ActorRole.SYSTEM, ActorRole.DESK, ActorRole.SUPERVISOR
_ADDRESSED, _HANDLER, _HELPER = ActorRole.ADDRESSED, ActorRole.HANDLER, ActorRole.HELPER
_VERIFIER = ActorRole.VERIFIER
_TO_DECIDE = "new stored filed"
_IN_PROGRESS = "dispatched accepted handling"
_TO_VERIFY = "feedback verifying"
_WITH_CLOCK = f"new filed {_IN_PROGRESS} {_TO_VERIFY}"
_OPEN = f"stored {_WITH_CLOCK} suspended"
_ENDED = "closed archived rejected cancelled"

TRANSITIONS = (
    _transition(Action.FILE, "new stored", IncidentState.FILED, _SYSTEM),
    _transition(
        Action.CONFIRM,
        "new stored",
        IncidentState.FILED,
        _DESK,
        condition=Condition.FOR_WORKERS,
    ),
    _transition(
        Action.CONFIRM,
        f"filed {_IN_PROGRESS} {_TO_VERIFY}",
        None,
        _DESK,
        condition=Condition.UNREVIEWED,
    ),
    _transition(
        Action.REJECT,
        f"{_TO_DECIDE} {_IN_PROGRESS}",
        IncidentState.REJECTED,
        _DESK,
        needs_reason=True,
    ),
    _transition(
        Action.UNDO,
        f"rejected filed {_IN_PROGRESS} {_TO_VERIFY}",
        None,
        _DESK,
        condition=Condition.CAN_UNDO,
    ),
    _transition(Action.DISPATCH, "filed", IncidentState.DISPATCHED, _SYSTEM),
    _transition(Action.DISPATCH, _TO_DECIDE, IncidentState.DISPATCHED, _DESK),
    _transition(Action.REASSIGN, _IN_PROGRESS, IncidentState.DISPATCHED, _DESK, needs_reason=True),
    _transition(Action.RECALL, _IN_PROGRESS, IncidentState.FILED, _DESK, needs_reason=True),
    _transition(Action.RECALL_TO_DESK, _IN_PROGRESS, IncidentState.NEW, _DESK, needs_reason=True),
    _transition(Action.ADD_COLLEAGUE, _IN_PROGRESS, None, _DESK),
    _transition(Action.ESCALATE, "dispatched", IncidentState.DISPATCHED, _SYSTEM),
    _transition(Action.EXPIRE, "accepted", IncidentState.FILED, _SYSTEM),
    _transition(Action.ACCEPT, "dispatched", IncidentState.ACCEPTED, _ADDRESSED),
    _transition(Action.RETURN, "dispatched", IncidentState.FILED, _ADDRESSED, needs_reason=True),
    _transition(Action.RETURN, "accepted", IncidentState.FILED, _HANDLER, needs_reason=True),
    _transition(Action.START, "accepted", IncidentState.HANDLING, _HANDLER, _HELPER),
    _transition(Action.REQUEST_HELP, "accepted handling", None, _HANDLER, _DESK, needs_reason=True),
    _transition(Action.JOIN, "accepted handling", None, _HELPER),
    _transition(Action.REPORT, "handling", IncidentState.FEEDBACK, _HANDLER, _HELPER),
    _transition(Action.VERIFY, _TO_VERIFY, IncidentState.CLOSED, _VERIFIER),
    _transition(Action.REWORK, _TO_VERIFY, IncidentState.HANDLING, _VERIFIER, needs_reason=True),
    _transition(Action.CHANGE_LEVEL, _WITH_CLOCK, None, _DESK, needs_reason=True),
    _transition(
        Action.NOTE,
        f"{_OPEN} {_ENDED}",
        None,
        *(_DESK, _ADDRESSED, _HANDLER, _HELPER),
        needs_reason=True,
    ),
    _transition(
        Action.SUSPEND, _WITH_CLOCK, IncidentState.SUSPENDED, _SUPERVISOR, needs_reason=True
    ),
    _transition(Action.RESUME, "suspended", IncidentState.NEW, _SYSTEM, _DESK),
    _transition(
        Action.PROPOSE_CANCEL,
        _OPEN,
        None,
        _DESK,
        needs_reason=True,
        condition=Condition.NOT_PROPOSED,
    ),
    _transition(
        Action.CANCEL,
        _OPEN,
        IncidentState.CANCELLED,
        _DESK,
        condition=Condition.PROPOSED_BY_OTHER,
    ),
    _transition(Action.MERGE, _OPEN, IncidentState.MERGED, _DESK, needs_reason=True),
    _transition(Action.SPLIT, "merged", IncidentState.NEW, _DESK),
    _transition(
        Action.REOPEN,
        _ENDED,
        IncidentState.FILED,
        _SUPERVISOR,
        needs_reason=True,
        condition=Condition.RECENTLY_ENDED,
    ),
    _transition(Action.RECOVER, "new stored filed dispatched", IncidentState.CLOSED, _SYSTEM),
    _transition(Action.RELEASE, "new stored", IncidentState.CLOSED, _SYSTEM),
    _transition(Action.REOPEN, "closed archived", IncidentState.FILED, _SYSTEM),
    _transition(Action.ARCHIVE, "closed stored", IncidentState.ARCHIVED, _SYSTEM),
    _transition(Action.EVALUATE, "archived", IncidentState.EVALUATED, _DESK),
)

SHOWN_ACTIONS = frozenset(Action) - {Action.EVALUATE}
"""The actions that a page may show as buttons; rating has its own pages."""

ORDER_ACTIONS = frozenset(
    {
        Action.ACCEPT,
        Action.RETURN,
        Action.START,
        Action.REQUEST_HELP,
        Action.JOIN,
        Action.REPORT,
        Action.VERIFY,
        Action.REWORK,
    }
)
"""The actions that apply to the work order; the others apply to the incident."""


_SHOWN_FROM = {
    state: tuple(
        transition
        for transition in TRANSITIONS
        if transition.action in SHOWN_ACTIONS and state in transition.from_states
    )
    for state in IncidentState
}


def allowed_actions(state: IncidentState, actor: ActorContext) -> list[Action]:
    """List the actions that ``actor`` may take now, in the order of the lifecycle."""
    roles = actor.roles
    return [
        transition.action
        for transition in _SHOWN_FROM[state]
        if transition.roles & roles and actor.meets(transition.condition)
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
        ConflictError: The state does not allow the action, or no longer (``wrong_state``), the
            actor may not take it (``not_yours``), or the reason is missing (``needs_reason``).
    """
    candidates = [
        transition
        for transition in TRANSITIONS
        if transition.action is action and state in transition.from_states
    ]
    if not candidates:
        raise ConflictError("wrong_state", state, version)
    own = [transition for transition in candidates if transition.roles & actor.roles]
    if not own:
        raise ConflictError("not_yours", state, version)
    allowed = [transition for transition in own if actor.meets(transition.condition)]
    if not allowed:
        raise ConflictError("wrong_state", state, version)
    if allowed[0].needs_reason and not reason.strip():
        raise ConflictError("needs_reason", state, version)
    return allowed[0].to_state or state
