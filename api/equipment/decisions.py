"""Decide what follows for the incident of a key: open, reopen, raise, go on, or end it. Pure.

What should be open is compared with what is stored, every few seconds and from scratch, so that a
restart or a missed round loses nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from api.equipment.grouping import next_level
from api.incidents.lifecycle import IncidentState
from api.incidents.system_incidents.model import (
    UNATTENDED_STATES,
    ClosingReason,
    StoredIncident,
    SystemIncident,
)
from pipeline.signal import Level

REOPEN_WITHIN = timedelta(minutes=30)
"""What returns this soon after it recovered is the same matter."""
CALL_AGAIN_AFTER = timedelta(minutes=10)
"""What has returned calls again only if it lasts this long."""
TIMES_UNTIL_RAISED = 3
"""What returns so often is one level more serious, and calls at once."""
GRACE = timedelta(minutes=30)
"""How long something may still be wrong after a person has verified that it is settled."""
DECLINED_FOR = timedelta(hours=24)
"""How long a rejected or cancelled incident answers for what is still wrong."""

_DECLINED = frozenset({IncidentState.REJECTED, IncidentState.CANCELLED, IncidentState.MERGED})


class Outcome(StrEnum):
    """What follows; the name goes to the log."""

    OPEN = "open"
    REOPEN = "reopen"
    RAISE = "raise"
    UPDATE = "update"
    """Only the message, or whether it is over, changes; nobody is notified."""
    END = "end"
    """Close it, or tell who has taken it up."""
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows for one key.

    Args:
        stored: The stored incident with its new values; ``None`` to open one.
        call_at: With ``REOPEN``, when people are called if it is still open.
        reason: With ``END``.
    """

    outcome: Outcome
    stored: StoredIncident | None = None
    call_at: datetime | None = None
    reason: ClosingReason = ClosingReason.RECOVERED


def decide(
    wanted: SystemIncident | None,
    stored: StoredIncident | None,
    *,
    now: datetime,
    is_covered: bool = False,
) -> Decision:
    """Return what follows for one key.

    Args:
        wanted: The incident that should be open; ``None`` if nothing is wrong.
        stored: The newest incident of the key.
        is_covered: Something is wrong, and another incident stands for it.
    """
    if stored is None:
        return Decision(Outcome.OPEN if wanted is not None else Outcome.LEAVE)
    if wanted is None:
        return _end(stored, is_covered=is_covered)
    if stored.is_open:
        return _continue(wanted, stored)
    return _return(wanted, stored, now)


def _end(stored: StoredIncident, *, is_covered: bool) -> Decision:
    if not stored.is_open:
        is_news = not stored.is_over and not is_covered
        ended = replace(stored, is_over=True)
        return Decision(Outcome.UPDATE if is_news else Outcome.LEAVE, ended)
    if is_covered:
        is_held = stored.assignee is not None
        outcome = Outcome.LEAVE if is_held else Outcome.END
        return Decision(outcome, stored, reason=ClosingReason.GROUPED)
    has_been_told = stored.is_over and stored.state not in UNATTENDED_STATES
    return Decision(Outcome.LEAVE if has_been_told else Outcome.END, stored)


def _continue(wanted: SystemIncident, stored: StoredIncident) -> Decision:
    """Keep an open incident up to date; a higher level is notified to who is responsible."""
    has_returned = stored.is_over
    n_times = stored.n_times + has_returned
    current = replace(stored, message=wanted.message, is_over=False, n_times=n_times)
    if wanted.level > stored.level:
        return Decision(Outcome.RAISE, replace(current, level=wanted.level))
    is_new = current != stored
    return Decision(Outcome.UPDATE if is_new else Outcome.LEAVE, current)


def _return(wanted: SystemIncident, stored: StoredIncident, now: datetime) -> Decision:
    """Something is wrong whose last incident is closed."""
    age = now - stored.state_since
    is_worse = wanted.level > stored.level
    if stored.state in _DECLINED:
        answers_for = REOPEN_WITHIN if stored.is_over else DECLINED_FOR
        is_answered = age < answers_for and not is_worse
        return Decision(Outcome.LEAVE if is_answered else Outcome.OPEN)
    if stored.state is IncidentState.CLOSED and not stored.was_accepted:
        return _return_from_system(wanted, stored, age, now)
    is_in_grace = not stored.is_over and age < GRACE and not is_worse
    return Decision(Outcome.LEAVE if is_in_grace else Outcome.OPEN)


def _return_from_system(
    wanted: SystemIncident, stored: StoredIncident, age: timedelta, now: datetime
) -> Decision:
    """The system had closed the incident: as it recovered, or as another stood for it."""
    if not stored.is_over:
        return _reopen(wanted, stored, max(stored.level, wanted.level), call_at=now)
    if age >= REOPEN_WITHIN:
        return Decision(Outcome.OPEN)
    is_frequent = stored.n_times % TIMES_UNTIL_RAISED == 0
    level = max(wanted.level, next_level(stored.level) if is_frequent else stored.level)
    call_at = now if level > stored.level else now + CALL_AGAIN_AFTER
    return _reopen(wanted, replace(stored, n_times=stored.n_times + 1), level, call_at=call_at)


def _reopen(
    wanted: SystemIncident, stored: StoredIncident, level: Level, *, call_at: datetime
) -> Decision:
    reopened = replace(stored, level=level, message=wanted.message, is_over=False)
    return Decision(Outcome.REOPEN, reopened, call_at)
