"""When a scenario is active, and what happens at other times."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alert import Change, CloseReason
from pipeline.alerting.episode import AlertTiming
from pipeline.camera import CameraPipeline
from pipeline.errors import ScheduleError
from pipeline.frame import Frame, Size
from pipeline.geometry.shapes import Zone
from pipeline.rules.scenario import Scenario
from pipeline.rules.schedule import ALWAYS, DAY_MINUTES, HolidayRule, Hours, Schedule, Weekday
from pipeline.scene.scene import Scene
from pipeline.signal import Level, Signal
from pipeline.testing import GreyPicture, ScriptedDetector
from tests.pipeline.builders import BEGIN, a_box, a_spec, after, some_detections
from tests.pipeline.strategies import MOMENTS

CHINA, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NIGHT = (Hours.parse("22:00-06:00"),)
HALF_AN_HOUR = ZoneInfo("Australia/Lord_Howe")
"""Where clocks are changed by that."""
ZONES = st.sampled_from([CHINA, BERLIN, HALF_AN_HOUR, ZoneInfo("Asia/Kathmandu")])
DAYS = st.frozensets(st.sampled_from(Weekday))
MINUTES = st.lists(st.integers(0, DAY_MINUTES - 1), min_size=3, max_size=3, unique=True)
TURNS = st.one_of(
    MOMENTS,
    st.datetimes(datetime(2026, 3, 28), datetime(2026, 3, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    st.datetimes(datetime(2026, 10, 24), datetime(2026, 10, 26), timezones=st.just(UTC)),  # noqa: DTZ001
)
"""Any moment, and often one about which clocks in Europe are changed."""


def in_china(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@given(at=TURNS, zone=ZONES)
def test_all_hours_of_all_days_are_always(at: datetime, zone: ZoneInfo) -> None:
    assert ALWAYS.is_on(at)
    assert Schedule(zone=zone).is_on(at)


@given(at=TURNS, zone=ZONES, days=DAYS, minutes=MINUTES)
def test_hours_over_midnight_are_the_evening_and_the_morning_after(
    at: datetime, zone: ZoneInfo, days: frozenset[Weekday], minutes: list[int]
) -> None:
    end, *_, start = sorted(minutes)
    week = pairwise([*Weekday, Weekday.MON])
    next_days = frozenset(day for before, day in week if before in days)
    evening = Schedule(zone=zone, days=days, hours=(Hours(start, DAY_MINUTES),))
    morning = Schedule(zone=zone, days=next_days, hours=(Hours(0, end),) if end else ())

    night = Schedule(zone=zone, days=days, hours=(Hours(start, end),))

    assert night.is_on(at) == (evening.is_on(at) or morning.is_on(at))


@given(at=TURNS, zone=ZONES, days=DAYS, minutes=MINUTES)
def test_adjacent_hours_are_continuous(
    at: datetime, zone: ZoneInfo, days: frozenset[Weekday], minutes: list[int]
) -> None:
    first, then, last = sorted(minutes)
    parts = Schedule(zone=zone, days=days, hours=(Hours(then, last), Hours(first, then)))

    assert parts.is_on(at) == replace(parts, hours=(Hours(first, last),)).is_on(at)


@given(at=TURNS, zone=ZONES, minutes=MINUTES)
def test_a_time_is_in_some_hours_or_in_those_that_are_left(
    at: datetime, zone: ZoneInfo, minutes: list[int]
) -> None:
    start, end, _ = minutes
    day = Schedule(zone=zone, hours=(Hours(start, end),))

    assert day.is_on(at) != replace(day, hours=(Hours(end, start),)).is_on(at)


@given(at=TURNS, zone=ZONES, days=DAYS, minutes=MINUTES, on=st.booleans())
def test_holidays_add_or_take_away_and_nothing_else(
    at: datetime, zone: ZoneInfo, days: frozenset[Weekday], minutes: list[int], *, on: bool
) -> None:
    today = at.astimezone(zone).date()
    usual = Schedule(
        zone=zone,
        days=days,
        hours=(Hours(minutes[0], minutes[1]),),
        holidays=frozenset({today if on else today + timedelta(days=9)}),
    )
    on_by_rule = {how: replace(usual, holiday_rule=how).is_on(at) for how in HolidayRule}

    assert (
        on_by_rule[HolidayRule.NEVER]
        <= on_by_rule[HolidayRule.AS_USUAL]
        <= on_by_rule[HolidayRule.ALWAYS]
    )
    assert on_by_rule[HolidayRule.ALWAYS] if on else len(set(on_by_rule.values())) == 1


@pytest.mark.parametrize(
    ("at", "is_on"),
    [
        ("2026-10-02T21:59:59.999999", False),
        ("2026-10-02T22:00:00", True),  # a Friday
        ("2026-10-03T05:59:59.999999", True),
        ("2026-10-03T06:00:00", False),
        ("2026-10-03T23:00:00", False),  # a Saturday
        ("2026-10-04T01:00:00", False),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(at: str, *, is_on: bool) -> None:
    nights = Schedule(zone=CHINA, days=frozenset({Weekday.FRI}), hours=NIGHT)

    assert nights.is_on(in_china(at)) is is_on


def test_the_night_before_a_holiday_runs_out() -> None:
    nights = Schedule(
        zone=CHINA,
        hours=NIGHT,
        holidays=frozenset({date(2026, 10, 1)}),
        holiday_rule=HolidayRule.NEVER,
    )

    assert nights.is_on(in_china("2026-10-01T03:00"))
    assert not nights.is_on(in_china("2026-10-01T23:00"))
    assert not nights.is_on(in_china("2026-10-02T03:00"))
    assert nights.is_on(in_china("2026-10-02T23:00"))


@pytest.mark.parametrize(
    ("noon", "hours"),
    [("2026-03-28T12:00Z", 7), ("2026-10-24T12:00Z", 9), ("2026-06-01T12:00Z", 8)],
)
def test_a_night_with_a_clock_change_has_no_gap(noon: str, hours: int) -> None:
    nights, begin = Schedule(zone=BERLIN, hours=NIGHT), datetime.fromisoformat(noon)
    minutes = [begin + timedelta(minutes=n) for n in range(DAY_MINUTES)]

    on = [at for at in minutes if nights.is_on(at)]

    assert len(on) == hours * 60
    assert on[-1] - on[0] == timedelta(hours=hours, minutes=-1)


@pytest.mark.parametrize(
    "text", ["", "22-6", "25:00-06:00", "08:60-09:00", "6:00-8:00", "24:00-06:00", "08:00-24:01"]
)
def test_malformed_hours_are_refused(text: str) -> None:
    with pytest.raises(ScheduleError, match="is no hours; write them as 22:00-06:00"):
        Hours.parse(text)


def test_empty_hours_are_refused() -> None:
    with pytest.raises(ScheduleError, match="is empty; write 00:00-24:00 for the whole day"):
        Hours.parse("08:00-08:00")


@pytest.mark.parametrize("text", ["22:00-06:00", "00:00-24:00", "09:30-12:00"])
def test_hours_are_written_as_they_are_read(text: str) -> None:
    assert str(Hours.parse(text)) == text


FROM_0801, UNTIL_0801 = Hours.parse("08:01-09:00"), Hours.parse("07:00-08:01")


def changes(hours: Hours, *, dwelt: float, hold: float) -> list[tuple[float, Change]]:
    """Return the changes in two minutes in which a person stands there."""

    def waits(scene: Scene) -> Sequence[Signal]:
        long = [track for track in scene.in_zone() if scene.dwell(track).total_seconds() >= dwelt]
        return [scene.signal(*long, people=len(long))] if long else []

    scenario = Scenario(
        spec=a_spec(),
        timing=AlertTiming(hold=timedelta(seconds=hold), clear=timedelta(seconds=4)),
        rule=waits,
        level=Level.MAJOR,
        zones=(Zone.full_frame(),),
        schedule=Schedule(zone=CHINA, hours=(hours,)),
    )
    camera = CameraPipeline(
        origin="demo/market/box-1",
        camera="gate",
        detector=ScriptedDetector(lambda _: some_detections(a_box()), frozenset({"person"})),
        scenarios=[scenario],
    )
    changed = []
    for n in range(600):
        frame = Frame(camera="gate", at=after(n / 5), picture=GreyPicture(Size(640, 360)))
        for alert in camera.push(frame):
            changed.append(((alert.observed_at - BEGIN).total_seconds(), alert.change))
            assert alert.close_reason in {None, CloseReason.CLEARED}
    return changed


def test_dwell_before_the_hours_counts_at_their_start() -> None:
    assert changes(FROM_0801, dwelt=50, hold=0) == [(60, Change.OPENED)]


def test_a_hold_begins_with_the_hours() -> None:
    [(opened, change)] = changes(FROM_0801, dwelt=0, hold=3)

    assert change is Change.OPENED
    assert 62.5 < opened <= 63.5


def test_an_alert_open_at_the_end_of_the_hours_clears() -> None:
    [_, (closed, change)] = changes(UNTIL_0801, dwelt=0, hold=1)

    assert change is Change.CLOSED
    assert 63.5 < closed <= 64.5
