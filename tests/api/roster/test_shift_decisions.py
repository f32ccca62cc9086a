"""Which hours of a shift may change: never those that have passed."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import ConflictError, UnprocessableError
from api.roster.model import ShiftSource
from api.roster.shifts.decisions import (
    Phase,
    check_version,
    correct_shift,
    phase_of,
    plan_hours,
    plan_replacement,
)
from api.roster.shifts.model import Correction, PlannedShift
from tests.api.alerts import NOON
from tests.api.town import EAST

hours = st.integers(-12, 12)


def at(hour: float) -> datetime:
    return NOON + timedelta(hours=hour)


optional_times = st.none() | hours.map(at)


@st.composite
def shifts(draw: st.DrawFn) -> PlannedShift:
    start = draw(hours)
    return PlannedShift(
        id=UUID(int=1),
        account="east-1",
        area_code=EAST,
        source=ShiftSource.RULE,
        starts_at=at(start),
        ends_at=at(start + draw(st.integers(1, 12))),
        replaces=None,
        replaced_account=None,
        approved_by=None,
        version=1,
    )


def is_on_duty(shift: PlannedShift, account: str, moment: datetime) -> bool:
    return shift.account == account and shift.starts_at <= moment < shift.ends_at


@given(
    shift=shifts(),
    account=st.sampled_from([None, "east-1", "east-2"]),
    starts_at=optional_times,
    ends_at=optional_times,
)
def test_a_correction_changes_nothing_that_has_passed(
    shift: PlannedShift,
    account: str | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
) -> None:
    correction = Correction(version=1, account=account, starts_at=starts_at, ends_at=ends_at)
    try:
        check_version(shift, 1, now=NOON)
        corrected = correct_shift(shift, correction, now=NOON)
    except (UnprocessableError, ConflictError):
        return

    assert corrected.starts_at < corrected.ends_at
    for hour in range(-24, 0):
        for name in ("east-1", "east-2"):
            was_on_duty = is_on_duty(shift, name, at(hour))
            assert is_on_duty(corrected, name, at(hour)) is was_on_duty


@given(starts_at=optional_times, ends_at=hours.map(at))
def test_a_new_shift_begins_at_the_earliest_now(
    starts_at: datetime | None, ends_at: datetime
) -> None:
    try:
        period = plan_hours(starts_at, ends_at, now=NOON)
    except UnprocessableError:
        assert ends_at <= max(starts_at or NOON, NOON)
        return

    assert NOON <= period.start < period.end == ends_at


@given(shift=shifts(), starts_at=optional_times, ends_at=optional_times)
def test_a_colleague_replaces_hours_of_the_shift_that_are_left(
    shift: PlannedShift, starts_at: datetime | None, ends_at: datetime | None
) -> None:
    try:
        period = plan_replacement(shift, (starts_at, ends_at), now=NOON)
    except UnprocessableError:
        return

    assert max(shift.starts_at, NOON) <= period.start < period.end <= shift.ends_at


@given(shifts())
def test_a_shift_is_in_exactly_one_phase(shift: PlannedShift) -> None:
    phase = phase_of(shift, now=NOON)

    assert (phase is Phase.RUNNING) is (shift.starts_at < NOON < shift.ends_at)
    assert (phase is Phase.PAST) is (shift.ends_at <= NOON)
    if phase is Phase.PAST:
        with pytest.raises(ConflictError, match="past"):
            check_version(shift, 1, now=NOON)
