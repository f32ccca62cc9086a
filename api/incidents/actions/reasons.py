"""The reasons that a page offers for an action. Pure.

A page shows the codes in its own language; they can be counted, free text cannot.
"""

from api.accuracy.verdicts.reasons import VerdictReason, reasons_of
from api.incidents.lifecycle import Action

OFFERED_REASONS: dict[Action, tuple[str, ...]] = {
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
"""Codes in the order that a page shows them; free text is accepted as well. Those of a rejection
and of a report depend on the scenario."""


def offered_reasons(action: Action, scenario: str) -> tuple[str, ...]:
    """Return the codes that a page shows for an action, in their order."""
    if action in {Action.REJECT, Action.REPORT}:
        return reasons_of(scenario)
    return OFFERED_REASONS.get(action, ())


def reject_reason(code: VerdictReason | None, text: str) -> VerdictReason | None:
    """Return the code of a rejection; an older page sends it in place of the text."""
    if code is None and text in set(VerdictReason):
        return VerdictReason(text)
    return code
