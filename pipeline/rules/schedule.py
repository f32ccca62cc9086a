"""When a scenario is active: weekdays, hours of the wall clock, holidays."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from pipeline.errors import ScheduleError

DAY_MINUTES = 24 * 60
HOURS_PATTERN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))")
ONE_DAY = timedelta(days=1)


class Weekday(StrEnum):
    """A day of the week, in the order of ``date.weekday``."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @classmethod
    def of(cls, day: date) -> "Weekday":
        """Return the weekday of a date."""
        return tuple(cls)[day.weekday()]


class HolidayRule(StrEnum):
    """What applies on a holiday."""

    AS_USUAL = "as_usual"
    """The hours of its weekday."""
    ALWAYS = "always"
    """The whole day."""
    NEVER = "never"
    """No hours begin; those of the evening before continue."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A range of the wall clock in minutes since midnight; over midnight if ``end`` < ``start``.

    Args:
        start: The first minute, 0 to 1439.
        end: The minute after the last, 0 to 1440; 1440 is the end of the day.

    Raises:
        ScheduleError: The range is empty or outside the day.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        """Check the range."""
        if not (0 <= self.start < DAY_MINUTES and 0 <= self.end <= DAY_MINUTES):
            raise ScheduleError("are no hours of a day")
        if self.start == self.end:
            raise ScheduleError("is empty; write 00:00-24:00 for the whole day")

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """Parse ``22:00-06:00``.

        Raises:
            ScheduleError: The format is wrong, or the range empty.
        """
        if not (match := HOURS_PATTERN.fullmatch(text)):
            raise ScheduleError("is no hours; write them as 22:00-06:00, or up to 24:00")
        start, first, end, last = (int(part) for part in match.groups() if part is not None)
        return cls(start * 60 + first, end * 60 + last)

    @property
    def is_over_midnight(self) -> bool:
        """Whether the range ends on the next day."""
        return self.end < self.start

    def contains_on_start_day(self, minute: int) -> bool:
        """Return whether a minute of the day on which the range begins is in it."""
        return self.start <= minute and (self.is_over_midnight or minute < self.end)

    def contains_on_next_day(self, minute: int) -> bool:
        """Return whether a minute of the next day is in it."""
        return self.is_over_midnight and minute < self.end

    def __str__(self) -> str:
        """Return the format of ``parse``."""
        ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in (self.start, self.end))
        return "-".join(ends)


WHOLE_DAY = Hours(0, DAY_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a scenario is active, on the wall clock of its time zone.

    When daylight saving time begins, an hour of the ranges is missing; when it ends, one occurs
    twice. Adjacent ranges leave no gap.

    Args:
        zone: Time zone.
        days: Days on which ranges begin; a range over midnight belongs to its first day.
        hours: Ranges; they may overlap.
        holidays: Dates, in the time zone.
        holiday_rule: What applies on holidays.
    """

    zone: tzinfo = UTC
    days: frozenset[Weekday] = frozenset(Weekday)
    hours: tuple[Hours, ...] = (WHOLE_DAY,)
    holidays: frozenset[date] = frozenset()
    holiday_rule: HolidayRule = HolidayRule.AS_USUAL

    @property
    def is_always_on(self) -> bool:
        """Whether the scenario is always active."""
        every_day = len(self.days) == len(Weekday) and WHOLE_DAY in self.hours
        return every_day and not (self.holidays and self.holiday_rule is HolidayRule.NEVER)

    def is_on(self, at: datetime) -> bool:
        """Return whether the scenario is active at ``at``, which is aware."""
        local = at.astimezone(self.zone)
        today, minute = local.date(), _minute(local.time())
        if self.holiday_rule is HolidayRule.ALWAYS and today in self.holidays:
            return True
        if self._begins_on(today) and any(
            each.contains_on_start_day(minute) for each in self.hours
        ):
            return True
        continues = any(each.contains_on_next_day(minute) for each in self.hours)
        return continues and self._begins_on(today - ONE_DAY)

    def _begins_on(self, day: date) -> bool:
        if self.holiday_rule is HolidayRule.NEVER and day in self.holidays:
            return False
        return Weekday.of(day) in self.days

    def __str__(self) -> str:
        """Return one line: ``mon tue 22:00-06:00 (Asia/Shanghai)``."""
        days = [day for day in Weekday if day in self.days and len(self.days) < len(Weekday)]
        text = " ".join([*days, *map(str, self.hours)])
        if not self.holidays:
            return f"{text} ({self.zone})"
        return f"{text}, {len(self.holidays)} holidays {self.holiday_rule} ({self.zone})"


ALWAYS = Schedule()


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute
