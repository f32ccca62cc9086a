"""The loop of an incident: who may do what next, as one table.

New, filed, dispatched, accepted, handling, feedback, verified, closed. Up to ``filed`` the
incident moves by itself; from ``dispatched`` on its order does, and the incident mirrors it.
"""

from dataclasses import dataclass
from enum import StrEnum

from api.errors import ConflictError


class IncidentState(StrEnum):
    """Where an incident stands."""

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


class Action(StrEnum):
    """What moves it; the name goes to routes, buttons and the audit log."""

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
    ARCHIVE = "archive"
    EVALUATE = "evaluate"


class ActorRole(StrEnum):
    """What somebody is to this incident."""

    SYSTEM = "system"
    DESK = "desk"
    """An operator, supervisor or admin of the area."""
    ADDRESSED = "addressed"
    """Called to the open order."""
    HANDLER = "handler"
    """Has accepted the open order."""
    VERIFIER = "verifier"
    """At the desk, and not the handler."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorContext:
    """Who asks, and what is known of the incident.

    Args:
        is_system: The program itself asks; all others are accounts.
        is_desk: An operator, supervisor or admin whose area holds the incident.
        is_addressed: Was called to the open order.
        is_handler: Has accepted the open order, or reported on it.
        is_reviewed: A desk has already said what it is.
    """

    is_system: bool = False
    is_desk: bool = False
    is_addressed: bool = False
    is_handler: bool = False
    is_reviewed: bool = False

    @property
    def roles(self) -> frozenset[ActorRole]:
        """All that this person is here."""
        holds = {
            ActorRole.SYSTEM: self.is_system,
            ActorRole.DESK: self.is_desk,
            ActorRole.ADDRESSED: self.is_addressed,
            ActorRole.HANDLER: self.is_handler,
            ActorRole.VERIFIER: self.is_desk and not self.is_handler,
        }
        return frozenset(part for part, is_held in holds.items() if is_held)


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: ``action`` leads from any of ``from_states`` to ``to_state``.

    Args:
        to_state: ``None`` where only a word is added and the state stays.
        needs_reason: Who does this has to say why.
        unless_reviewed: Not offered again once a desk has judged.
    """

    action: Action
    from_states: frozenset[IncidentState]
    to_state: IncidentState | None
    roles: frozenset[ActorRole]
    needs_reason: bool = False
    unless_reviewed: bool = False


def _row(
    action: Action,
    before: str,
    to: IncidentState | None,
    who: str,
    *,
    needs_reason: bool = False,
    once: bool = False,
) -> Transition:
    states, parts = map(IncidentState, before.split()), map(ActorRole, who.split())
    return Transition(action, frozenset(states), to, frozenset(parts), needs_reason, once)


TRANSITIONS = (
    _row(Action.FILE, "new stored", IncidentState.FILED, "system"),
    _row(Action.CONFIRM, "new stored", IncidentState.FILED, "desk"),
    _row(Action.CONFIRM, "filed dispatched accepted handling", None, "desk", once=True),
    _row(Action.CONFIRM, "feedback verifying", None, "desk", once=True),
    _row(Action.REJECT, "new stored filed", IncidentState.REJECTED, "desk", needs_reason=True),
    _row(
        Action.REJECT,
        "dispatched accepted handling",
        IncidentState.REJECTED,
        "desk",
        needs_reason=True,
    ),
    _row(Action.DISPATCH, "filed", IncidentState.DISPATCHED, "system"),
    _row(Action.ESCALATE, "dispatched", IncidentState.DISPATCHED, "system"),
    _row(Action.EXPIRE, "accepted", IncidentState.FILED, "system"),
    _row(Action.ACCEPT, "dispatched", IncidentState.ACCEPTED, "addressed"),
    _row(Action.RETURN, "dispatched", IncidentState.FILED, "addressed", needs_reason=True),
    _row(Action.RETURN, "accepted", IncidentState.FILED, "handler", needs_reason=True),
    _row(Action.START, "accepted", IncidentState.HANDLING, "handler"),
    _row(Action.REPORT, "handling", IncidentState.FEEDBACK, "handler"),
    _row(Action.VERIFY, "feedback verifying", IncidentState.CLOSED, "verifier"),
    _row(
        Action.REWORK, "feedback verifying", IncidentState.HANDLING, "verifier", needs_reason=True
    ),
    _row(Action.ARCHIVE, "closed", IncidentState.ARCHIVED, "system"),
    _row(Action.EVALUATE, "archived", IncidentState.EVALUATED, "desk"),
)

OFFERED = frozenset(Action) - {Action.EVALUATE}
"""What a page may show as a button; ratings come with the boards."""


def allowed_actions(state: IncidentState, actor: ActorContext) -> list[Action]:
    """List what this person may do next, in the order of the loop."""
    return [m.action for m in TRANSITIONS if m.action in OFFERED and _fits(m, state, actor)]


def apply_action(
    state: IncidentState, action: Action, actor: ActorContext, *, reason: str = "", version: int = 0
) -> IncidentState:
    """Take one step.

    Args:
        reason: Why, where the move asks for it; blanks do not count.
        version: Of the incident or order, told to whom is refused.

    Returns:
        The state after it; the same where the action only adds a word.

    Raises:
        StepRefusedError: The state does not allow it, it is not theirs, or a reason is missing.
    """
    rows = [move for move in TRANSITIONS if move.action is action and state in move.from_states]
    if not rows:
        raise ConflictError("wrong_state", state, version)
    fitting = [move for move in rows if _fits(move, state, actor)]
    if not fitting:
        raise ConflictError("not_yours", state, version)
    if fitting[0].needs_reason and not reason.strip():
        raise ConflictError("needs_reason", state, version)
    return fitting[0].to_state or state


def order_state(state: IncidentState) -> str:
    """Name the state of the order that goes with an incident's state."""
    return {IncidentState.FILED: "returned", IncidentState.REJECTED: "cancelled"}.get(
        state, state.value
    )


def _fits(move: Transition, state: IncidentState, facts: ActorContext) -> bool:
    is_spent = move.unless_reviewed and facts.is_reviewed
    return state in move.from_states and bool(move.roles & facts.roles) and not is_spent
