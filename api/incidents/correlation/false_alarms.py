"""Decide what earlier verdicts on a camera and family mean for its next incident. Pure.

A person who has just rejected an incident is not called again for the same thing two seconds later;
a camera that was wrong several times in a row goes to an operator first; one that is nearly always
wrong is sick, which is one incident for whoever looks after cameras. Nothing is dropped: each step
moves the incident to another person, never out of sight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.accuracy.fitting.scoring import SourceState
from api.accuracy.score import Decision
from pipeline.signal import Level

COOL_DOWN = timedelta(minutes=10)
"""After a rejection, the next incident of the key goes to an operator first for this long."""

RECENT_VERDICTS, FALSE_FOR_REVIEW = 5, 3
"""Of the last 5 judged incidents of a camera and family, 3 false ones send the next to review."""

SICK_VERDICTS, FALSE_FOR_SICK = 10, 8
"""Of the last 10, 8 false ones make the camera sick. Below 10 verdicts nothing is said of it."""


class Restraint(StrEnum):
    """Why an incident goes to an operator although its score would ring a phone."""

    JUST_REJECTED = "just_rejected"
    OFTEN_FALSE = "often_false"
    NEW_SOURCE = SourceState.NEW_SOURCE.value
    """Too few incidents of this camera, scenario, revision and model were judged."""
    DRIFTING = SourceState.DRIFTING.value
    """The scores of this camera and scenario are no longer what they were."""
    FLOOD = "flood"
    """It is the parent of a flood of reviews: it stands for many places, and no phone rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictHistory:
    """What people have said of the earlier incidents of a camera and family.

    Args:
        were_false: Whether each of the newest judged incidents was false, newest first.
        rejected_at: When the newest incident of the same key was rejected, if it was.
        rejected_level: The level it had.
    """

    were_false: Sequence[bool] = ()
    rejected_at: datetime | None = None
    rejected_level: Level | None = None


NO_HISTORY = VerdictHistory()


def find_restraint(
    history: VerdictHistory,
    level: Level,
    *,
    now: datetime,
    source_state: SourceState | None = None,
) -> Restraint | None:
    """Return why the next incident goes to an operator first; ``None`` lets it ring a phone.

    A higher level than the rejected one is news, and rings.

    Args:
        source_state: What speaks against the camera and scenario themselves.
    """
    if history.rejected_at is not None and history.rejected_level is not None:
        is_recent = now - history.rejected_at < COOL_DOWN
        if is_recent and level <= history.rejected_level:
            return Restraint.JUST_REJECTED
    recent = history.were_false[:RECENT_VERDICTS]
    if sum(recent) >= FALSE_FOR_REVIEW:
        return Restraint.OFTEN_FALSE
    return Restraint(source_state) if source_state else None


def restrain(decision: Decision, restraint: Restraint | None) -> Decision:
    """Return the decision under a restraint: an operator looks before a phone rings."""
    is_restrained = restraint is not None and decision is Decision.PUSH
    return Decision.REVIEW if is_restrained else decision


def is_sick(were_false: Sequence[bool]) -> bool:
    """Return whether a camera is wrong so often that somebody has to look after it."""
    recent = were_false[:SICK_VERDICTS]
    return len(recent) == SICK_VERDICTS and sum(recent) >= FALSE_FOR_SICK
