"""Settings of ``schedule = { … }`` in a scenario: when it may raise alerts."""

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
        raise ValueError("is not a time zone; write one like Asia/Shanghai")
    return name


def _check_hours(text: str) -> str:
    return str(Hours.parse(text))


def _parse_day(value: object) -> object:
    """Accept a TOML date or its text; pydantic alone would take a number as seconds since 1970."""
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("is not a date; write one like 2026-10-01") from None


TimeZone = Annotated[str, AfterValidator(_timezone)]


class ScheduleSettings(BaseModel):
    """When a scenario may raise alerts; a key that is left out does not restrict it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: tuple[Weekday, ...] = tuple(Weekday)
    """Days on which ``hours`` begin."""
    hours: tuple[Annotated[str, AfterValidator(_check_hours)], ...] = (str(WHOLE_DAY),)
    """Such as 22:00-06:00, which belongs to the day on which it begins."""
    holidays: tuple[Annotated[date, BeforeValidator(_parse_day)], ...] = ()
    on_holidays: HolidayRule | None = None
    timezone: TimeZone | None = None
    """Time zone of the hours; that of ``[drill]`` if left out."""

    @field_validator("days", "hours")
    @classmethod
    def _check_not_empty(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if not values:
            raise ValueError("is empty; leave it out for no restriction, or remove the scenario")
        return values

    @model_validator(mode="after")
    def _check_holidays(self) -> "ScheduleSettings":
        if bool(self.holidays) != (self.on_holidays is not None):
            known = ", ".join(HolidayRule)
            raise ValueError(
                f"set holidays and on_holidays together; on_holidays is one of {known}"
            )
        return self

    def to_schedule(self, timezone: str) -> Schedule:
        """Build the schedule; ``timezone`` is the default."""
        return Schedule(
            zone=ZoneInfo(self.timezone or timezone),
            days=frozenset(self.days),
            hours=tuple(map(Hours.parse, self.hours)),
            holidays=frozenset(self.holidays),
            holiday_rule=self.on_holidays or HolidayRule.AS_USUAL,
        )
