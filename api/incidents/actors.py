"""What an actor is to an incident, and which conditions hold for an action. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class ActorRole(StrEnum):
    """What an actor is to an incident."""

    SYSTEM = "system"
    DESK = "desk"
    """An operator, supervisor or admin of the area."""
    SUPERVISOR = "supervisor"
    """A supervisor or admin of the area."""
    ADDRESSED = "addressed"
    """Was notified of the open order."""
    HANDLER = "handler"
    """Has accepted the open order."""
    HELPER = "helper"
    """Was added to the open order: a colleague, or another department."""
    VERIFIER = "verifier"
    """A desk that is neither the handler nor a helper."""


class Condition(StrEnum):
    """What must be true of the incident besides its state."""

    UNREVIEWED = "unreviewed"
    """No desk has confirmed or rejected it."""
    CAN_UNDO = "can_undo"
    """The actor has reviewed it, and the time to take that back has not run out."""
    NOT_PROPOSED = "not_proposed"
    """Nobody has proposed to cancel it."""
    PROPOSED_BY_OTHER = "proposed_by_other"
    """Another person has proposed to cancel it."""
    RECENTLY_ENDED = "recently_ended"
    """It ended not long ago."""
    FOR_WORKERS = "for_workers"
    """Workers can settle it; the roster, for one, is a matter of the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorContext:
    """Who acts, and what is known of the incident.

    Args:
        is_system: The program acts; everybody else is an account.
        is_desk: An operator, supervisor or admin whose area contains the incident, or anybody who
            was asked to help with it.
        is_supervisor: A supervisor or admin whose area contains the incident.
        is_addressed: Was notified of the open order.
        is_handler: Has accepted the open order.
        is_helper: Was added to the open order.
        is_reviewed: A desk has already confirmed or rejected the incident.
        can_undo: The actor reviewed it a moment ago.
        is_cancel_proposed: Somebody has proposed to cancel it.
        has_proposed_cancel: That was the actor.
        is_recently_ended: It ended not long ago.
        is_desk_matter: Only the desk can settle it.
    """

    is_system: bool = False
    is_desk: bool = False
    is_supervisor: bool = False
    is_addressed: bool = False
    is_handler: bool = False
    is_helper: bool = False
    is_reviewed: bool = False
    can_undo: bool = False
    is_cancel_proposed: bool = False
    has_proposed_cancel: bool = False
    is_recently_ended: bool = False
    is_desk_matter: bool = False

    @property
    def roles(self) -> frozenset[ActorRole]:
        """Every role of this actor."""
        is_worker = self.is_handler or self.is_helper
        holds = {
            ActorRole.SYSTEM: self.is_system,
            ActorRole.DESK: self.is_desk,
            ActorRole.SUPERVISOR: self.is_supervisor,
            ActorRole.ADDRESSED: self.is_addressed,
            ActorRole.HANDLER: self.is_handler,
            ActorRole.HELPER: self.is_helper,
            ActorRole.VERIFIER: self.is_desk and not is_worker,
        }
        return frozenset(role for role, is_held in holds.items() if is_held)

    def meets(self, condition: Condition | None) -> bool:
        """Return whether a condition holds; no condition always does."""
        holds = {
            None: True,
            Condition.UNREVIEWED: not self.is_reviewed,
            Condition.CAN_UNDO: self.can_undo,
            Condition.NOT_PROPOSED: not self.is_cancel_proposed,
            Condition.PROPOSED_BY_OTHER: self.is_cancel_proposed and not self.has_proposed_cancel,
            Condition.RECENTLY_ENDED: self.is_recently_ended,
            Condition.FOR_WORKERS: not self.is_desk_matter,
        }
        return holds[condition]


SYSTEM_ACTOR = ActorContext(is_system=True)
"""The program itself."""
