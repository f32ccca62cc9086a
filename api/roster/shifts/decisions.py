"""Decide which hours of a shift may change. Pure.

What has passed never changes: the hours of a running shift end or go on, they do not begin anew.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from api.errors import ConflictError, UnprocessableError
from api.roster.coverage import Period
from api.roster.shifts.model import Correction, PlannedShift

MAX_AHEAD = timedelta(days=3653)
"""Ten years: a later end is a typing error."""
MAX_LISTED = timedelta(days=40)
"""A roster is planned 35 days ahead."""


class Phase(StrEnum):
    """Where a shift is in time; stored and shown under this name."""

    FUTURE = "future"
    RUNNING = "running"
    PAST = "past"


def phase_of(shift: PlannedShift, *, now: datetime) -> Phase:
    """Return whether a shift has begun, and whether it has ended."""
    if shift.starts_at >= now:
        return Phase.FUTURE
    return Phase.RUNNING if shift.ends_at > now else Phase.PAST


def check_version(shift: PlannedShift, version: int, *, now: datetime) -> None:
    """Check that a shift is as it was read, and has not ended.

    Raises:
        ConflictError: It has changed since, or it is past.
    """
    phase = phase_of(shift, now=now)
    if shift.version != version:
        raise ConflictError("stale", phase, shift.version)
    if phase is Phase.PAST:
        raise ConflictError("wrong_state", phase, shift.version)


def listed_period(start: datetime | None, end: datetime | None, *, now: datetime) -> Period:
    """Return the period of a list; by default a day from now.

    Raises:
        UnprocessableError: It is longer than ``MAX_LISTED``, or years away.
    """
    start = start or now
    if not now - MAX_AHEAD < start < now + MAX_AHEAD:
        raise UnprocessableError("bad_period", "ask for a period within ten years")
    period = Period(start, end or start + timedelta(days=1))
    if not timedelta(0) < period.end - period.start <= MAX_LISTED:
        raise UnprocessableError("bad_period", f"ask for at most {MAX_LISTED.days} days")
    return period


def plan_hours(starts_at: datetime | None, ends_at: datetime, *, now: datetime) -> Period:
    """Return the hours of a new shift; those that have passed are left out.

    Args:
        starts_at: ``None`` begins now.

    Raises:
        UnprocessableError: Nothing is left, or it ends too late to be meant.
    """
    start = max(starts_at or now, now)
    if ends_at <= start:
        raise UnprocessableError("no_hours", "the shift must end after now and after its start")
    if ends_at > now + MAX_AHEAD:
        raise UnprocessableError("too_far_ahead", "the shift must end within ten years")
    return Period(start, ends_at)


def plan_replacement(
    replaced: PlannedShift, hours: tuple[datetime | None, datetime | None], *, now: datetime
) -> Period:
    """Return the hours in which a colleague replaces a shift; by default all that are left.

    Raises:
        UnprocessableError: They are not within the hours of the shift.
    """
    start, end = hours
    period = plan_hours(start or replaced.starts_at, end or replaced.ends_at, now=now)
    if period.start < replaced.starts_at or period.end > replaced.ends_at:
        raise UnprocessableError("outside_the_shift", "a colleague replaces hours of the shift")
    return period


def correct_shift(shift: PlannedShift, correction: Correction, *, now: datetime) -> PlannedShift:
    """Return a shift with its new person and hours.

    Raises:
        UnprocessableError: It would change hours that have passed.
    """
    has_begun = phase_of(shift, now=now) is Phase.RUNNING
    changes_past = correction.account not in {None, shift.account} or (
        correction.starts_at not in {None, shift.starts_at}
    )
    if has_begun and changes_past:
        raise UnprocessableError(
            "has_begun", "it is running: change its end, or let a colleague replace it"
        )
    starts_at = shift.starts_at if has_begun else (correction.starts_at or shift.starts_at)
    hours = plan_hours(starts_at, correction.ends_at or shift.ends_at, now=now)
    return replace(
        shift,
        account=correction.account or shift.account,
        starts_at=starts_at if has_begun else hours.start,
        ends_at=hours.end,
    )
