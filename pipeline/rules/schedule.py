"""When a site wants to hear of a hazard: weekdays, hours of the wall clock, holidays."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from pipeline.errors import ScheduleError

DAY_MINUTES = 24 * 60
WRITTEN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))")
NIGHT_BEFORE = timedelta(days=1)


class Weekday(StrEnum):
    """A day of the week; in the order of ``date.weekday``."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @classmethod
    def of(cls, day: date) -> "Weekday":
        """The weekday of a date."""
        return tuple(cls)[day.weekday()]


class HolidayRule(StrEnum):
    """What holds on a holiday."""

    AS_USUAL = "as_usual"
    """Its weekday."""
    ALWAYS = "always"
    """The whole day, besides what its weekday has."""
    NEVER = "never"
    """No hours begin; those of the evening before run out."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of the wall clock, in minutes since midnight; over midnight if they end first.

    Args:
        start: The first minute, 0 to 1439.
        end: The minute after the last, 0 to 1440; 1440 is the end of the day.

    Raises:
        ScheduleError: They are empty, or no minutes of a day.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse what never is."""
        if not (0 <= self.start < DAY_MINUTES and 0 <= self.end <= DAY_MINUTES):
            raise ScheduleError("are no hours of a day")
        if self.start == self.end:
            raise ScheduleError("is empty; write 00:00-24:00 for the whole day")

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """Read ``22:00-06:00``.

        Raises:
            ScheduleError: It is written otherwise, no time of day, or empty.
        """
        if not (match := WRITTEN.fullmatch(text)):
            raise ScheduleError("is no hours; write them as 22:00-06:00, or up to 24:00")
        start, first, end, last = (int(part) for part in match.groups() if part is not None)
        return cls(start * 60 + first, end * 60 + last)

    @property
    def is_over_midnight(self) -> bool:
        """Whether they end on the day after."""
        return self.end < self.start

    def contains_on_start_day(self, minute: int) -> bool:
        """Whether they are on at a minute of the day on which they begin."""
        return self.start <= minute and (self.is_over_midnight or minute < self.end)

    def contains_on_next_day(self, minute: int) -> bool:
        """Whether they are still on at a minute of the day after."""
        return self.is_over_midnight and minute < self.end

    def __str__(self) -> str:
        """As ``parse`` reads them."""
        ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in (self.start, self.end))
        return "-".join(ends)


WHOLE_DAY = Hours(0, DAY_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a scenario may raise alerts: on the wall clock of its zone, so that 22:00 stays 22:00.

    Where clocks are put forward an hour is missing from its hours, where they are put back it is
    in them twice; between hours that meet there is no hole.

    Args:
        days: On which hours begin; what goes over midnight belongs to the day before it.
        hours: Any of them; they may overlap.
        holidays: Dates, in the zone.
    """

    zone: tzinfo = UTC
    days: frozenset[Weekday] = frozenset(Weekday)
    hours: tuple[Hours, ...] = (WHOLE_DAY,)
    holidays: frozenset[date] = frozenset()
    holiday_rule: HolidayRule = HolidayRule.AS_USUAL

    @property
    def is_always_on(self) -> bool:
        """Whether it leaves nothing out."""
        every_day = len(self.days) == len(Weekday) and WHOLE_DAY in self.hours
        return every_day and not (self.holidays and self.holiday_rule is HolidayRule.NEVER)

    def is_on(self, at: datetime) -> bool:
        """Whether alerts may be raised at ``at``, which is aware."""
        local = at.astimezone(self.zone)
        today, minute = local.date(), _minute(local.time())
        if self.holiday_rule is HolidayRule.ALWAYS and today in self.holidays:
            return True
        if self._begins_on(today) and any(
            each.contains_on_start_day(minute) for each in self.hours
        ):
            return True
        late = [each for each in self.hours if each.contains_on_next_day(minute)]
        return bool(late) and self._begins_on(today - NIGHT_BEFORE)

    def _begins_on(self, day: date) -> bool:
        if self.holiday_rule is HolidayRule.NEVER and day in self.holidays:
            return False
        return Weekday.of(day) in self.days

    def __str__(self) -> str:
        """In a line, for who checks it: ``mon tue 22:00-06:00 (Asia/Shanghai)``."""
        days = [day for day in Weekday if day in self.days and len(self.days) < len(Weekday)]
        told = " ".join([*days, *map(str, self.hours)])
        if not self.holidays:
            return f"{told} ({self.zone})"
        return f"{told}, {len(self.holidays)} holidays {self.holiday_rule} ({self.zone})"


ALWAYS = Schedule()


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute
