"""What a page has to ask for before it sends an action, so that it holds no rule itself. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from api.accuracy.store import VerdictValue
from api.incidents.actions.facts import MAX_SUSPENSION
from api.incidents.actions.reasons import offered_reasons
from api.incidents.lifecycle import TRANSITIONS, Action
from pipeline.signal import Level

SUPPRESS_FOR_S = (3600, 4 * 3600, 24 * 3600)
"""Offered with a rejection."""


class AddresseeKind(StrEnum):
    """Whom an action may be addressed to."""

    ACCOUNT = "account"
    AREA = "area"
    INCIDENT = "incident"


class ActionWarning(StrEnum):
    """What a person has to accept before the action is carried out."""

    STILL_FIRING = "still_firing"
    """The camera still sees the matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOption:
    """An action with what it needs.

    Args:
        needs_reason: A code of ``reasons`` or free text is required.
        reasons: Codes, in the order to show.
        needs_photo: At least one photo taken for this order.
        max_days: How far the end may lie ahead; ``None`` if the action has no end.
        suppress_for_s: How long calls of this camera and scenario may be withheld with it.
        addressees: Whom to choose from; empty if nobody is to be chosen.
        levels: Levels to choose from.
        verdicts: Verdicts to choose from, optional.
        warnings: Refused with 409 and this code until the request says that it is accepted.
        within_s: How much longer it may be taken; ``None`` if no time limits it.
    """

    action: Action
    needs_reason: bool
    reasons: tuple[str, ...] = ()
    needs_photo: bool = False
    max_days: int | None = None
    suppress_for_s: tuple[int, ...] = ()
    addressees: tuple[AddresseeKind, ...] = ()
    levels: tuple[Level, ...] = ()
    verdicts: tuple[VerdictValue, ...] = ()
    warnings: tuple[ActionWarning, ...] = ()
    within_s: float | None = None


_NEEDS_REASON = frozenset(
    transition.action for transition in TRANSITIONS if transition.needs_reason
)
_ADDRESSEES = {
    Action.DISPATCH: (AddresseeKind.ACCOUNT, AddresseeKind.AREA),
    Action.REASSIGN: (AddresseeKind.ACCOUNT, AddresseeKind.AREA),
    Action.REQUEST_HELP: (AddresseeKind.ACCOUNT, AddresseeKind.AREA),
    Action.MERGE: (AddresseeKind.INCIDENT,),
    Action.ADD_COLLEAGUE: (AddresseeKind.ACCOUNT,),
}
_VERIFY_VERDICTS = (
    VerdictValue.TRUE,
    VerdictValue.FALSE,
    VerdictValue.BENIGN,
    VerdictValue.UNSURE,
)


def action_options(
    actions: Iterable[Action],
    *,
    level: Level,
    scenario: str = "",
    is_firing: bool = False,
    undo_within: timedelta | None = None,
) -> list[ActionOption]:
    """Describe actions, in their order.

    Args:
        level: Of the incident.
        scenario: Of the incident; the reasons of a rejection or report depend on it.
        is_firing: A camera still sees the matter.
        undo_within: How much longer the newest review can be undone; ``None`` if it cannot.
    """
    undo_within_s = undo_within.total_seconds() if undo_within else None
    return [
        replace(
            _option(action, level, is_firing=is_firing, undo_within_s=undo_within_s),
            reasons=offered_reasons(action, scenario),
        )
        for action in actions
    ]


def _option(
    action: Action, level: Level, *, is_firing: bool, undo_within_s: float | None
) -> ActionOption:
    is_verify = action is Action.VERIFY
    return ActionOption(
        action=action,
        needs_reason=action in _NEEDS_REASON,
        needs_photo=action is Action.REPORT,
        max_days=MAX_SUSPENSION.days if action is Action.SUSPEND else None,
        suppress_for_s=SUPPRESS_FOR_S if action is Action.REJECT else (),
        addressees=_ADDRESSEES.get(action, ()),
        levels=_other_levels(level) if action is Action.CHANGE_LEVEL else (),
        verdicts=_VERIFY_VERDICTS if is_verify else (),
        warnings=(ActionWarning.STILL_FIRING,) if is_verify and is_firing else (),
        within_s=undo_within_s if action is Action.UNDO else None,
    )


def _other_levels(level: Level) -> tuple[Level, ...]:
    return tuple(other for other in Level if other is not level)
