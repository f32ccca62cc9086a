"""``schedule = { … }`` of a scenario: when it may raise alerts, as a site writes it."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    field_validator,
    model_validator,
)

from pipeline.rules.schedule import WHOLE_DAY, HolidayRule, Hours, Schedule, Weekday


def _timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is no time zone; write one as Asia/Shanghai")
    return name


def _check_hours(text: str) -> str:
    return str(Hours.parse(text))


def _parse_day(given: object) -> object:
    """Take a date of TOML's own, or its text; a bare number would pass for seconds since 1970."""
    if type(given) is date:
        return given
    try:
        return date.fromisoformat(given if isinstance(given, str) else "")
    except ValueError:
        raise ValueError("is no date; write one as 2026-10-01") from None


TimeZone = Annotated[str, AfterValidator(_timezone)]


class ScheduleSettings(BaseModel):
    """When a scenario may raise alerts; what is left out narrows nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: tuple[Weekday, ...] = tuple(Weekday)
    """On which hours begin."""
    hours: tuple[Annotated[str, AfterValidator(_check_hours)], ...] = (str(WHOLE_DAY),)
    """As 22:00-06:00, which belongs to the day on which it begins."""
    holidays: tuple[Annotated[date, BeforeValidator(_parse_day)], ...] = ()
    on_holidays: HolidayRule | None = None
    timezone: TimeZone | None = None
    """Whose wall clock; that of ``[exercise]`` if left out."""

    @field_validator("days", "hours")
    @classmethod
    def _check_not_empty(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if not given:
            raise ValueError("is empty; leave it out for all, or take the scenario off")
        return given

    @model_validator(mode="after")
    def _check_holidays(self) -> "ScheduleSettings":
        if bool(self.holidays) != (self.on_holidays is not None):
            known = ", ".join(HolidayRule)
            raise ValueError(f"give holidays and on_holidays together; on_holidays is of {known}")
        return self

    def to_schedule(self, timezone: str) -> Schedule:
        """Make the schedule; ``timezone`` is the box's."""
        return Schedule(
            zone=ZoneInfo(self.timezone or timezone),
            days=frozenset(self.days),
            hours=tuple(map(Hours.parse, self.hours)),
            holidays=frozenset(self.holidays),
            holiday_rule=self.on_holidays or HolidayRule.AS_USUAL,
        )
