"""The reasons that a page offers for an action, and the verdict that each stands for. Pure.

A page shows the codes in its own language; they can be counted, free text cannot.
"""

from enum import StrEnum

from api.accuracy.store import VerdictValue
from api.incidents.lifecycle import Action


class RejectReason(StrEnum):
    """Why an incident is rejected; stored and shown under this name."""

    NOTHING_THERE = "nothing_there"
    PICTURE_FAULT = "picture_fault"
    """Light, reflection or something in front of the camera."""
    ZONE_OR_SETTING = "zone_or_setting"
    NORMAL_ACTIVITY = "normal_activity"
    """It is there, and it is no hazard."""
    PERMITTED = "permitted"
    """It is there, and it is announced or allowed."""
    ALREADY_KNOWN = "already_known"
    CANNOT_TELL = "cannot_tell"


VERDICT_OF = {
    RejectReason.NOTHING_THERE: VerdictValue.FALSE,
    RejectReason.PICTURE_FAULT: VerdictValue.FALSE,
    RejectReason.ZONE_OR_SETTING: VerdictValue.FALSE,
    RejectReason.NORMAL_ACTIVITY: VerdictValue.BENIGN,
    RejectReason.PERMITTED: VerdictValue.BENIGN,
    RejectReason.ALREADY_KNOWN: VerdictValue.DUPLICATE,
    RejectReason.CANNOT_TELL: VerdictValue.UNSURE,
}

OFFERED_REASONS: dict[Action, tuple[str, ...]] = {
    Action.REJECT: tuple(RejectReason),
    Action.RETURN: ("wrong_place", "cannot_go"),
    Action.REASSIGN: ("nearer", "busy", "no_answer", "wrong_department"),
    Action.RECALL: ("wrong_department", "no_answer"),
    Action.RECALL_TO_DESK: ("not_needed", "more_to_clarify"),
    Action.REWORK: ("photo_unclear", "wrong_place_shown", "not_resolved"),
    Action.SUSPEND: ("needs_construction", "other_authority", "agreed_date"),
    Action.PROPOSE_CANCEL: ("entered_by_mistake", "drill", "already_known"),
    Action.MERGE: ("same_matter", "same_cause"),
    Action.SPLIT: ("other_matter",),
    Action.REOPEN: ("happened_again", "not_resolved", "rejected_by_mistake"),
}
"""Codes in the order that a page shows them; free text is accepted as well."""


def reject_reason(code: RejectReason | None, text: str) -> RejectReason | None:
    """Return the code of a rejection; an older page sends it in place of the text."""
    if code is None and text in set(RejectReason):
        return RejectReason(text)
    return code


def verdict_of(reason: RejectReason | None) -> VerdictValue:
    """Return the verdict of a rejection; without a code it is false."""
    return VERDICT_OF[reason] if reason else VerdictValue.FALSE
