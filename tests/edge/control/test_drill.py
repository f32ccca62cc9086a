"""One exercise alert for each camera and day: over midnight, clock changes and restarts."""

from collections import Counter as Count
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.config.plan import Plan, read_plan
from edge.control.drill import (
    LAST_DRILL_DAY,
    DrillRunner,
    DrillSchedule,
    DrillStatus,
    drill_messages,
)
from edge.health.counters import Counters
from edge.outbox.outbox import Outbox
from pipeline.alert import Change
from pipeline.wire import AlertMessage, Clock, Receipt, Rejection
from tests.edge.nodes import EDGE_TOML, NODE, write_edge_toml

SLOW = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut"])
TIMES = st.none() | st.times().map(lambda t: t.replace(microsecond=0, tzinfo=None))
CLOCK = Clock(offset_ms=0, uncertainty_ms=500, basis="system")
START = datetime(2026, 3, 27, 12, tzinfo=UTC)
"""Berlin and Beirut lose an hour two days later, Beirut at midnight."""
RECEIVED = datetime(2026, 3, 27, 12, 0, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return read_plan(write_edge_toml(tmp_path_factory.mktemp("box"), EDGE_TOML))


class Site:
    """An exerciser that can be restarted; what it wrote is kept by day."""

    def __init__(self, folder: Path, plan: Plan, at: time | None, zone: str) -> None:
        self._folder, self._plan, self._boots = folder, plan, 0
        self.table = DrillSchedule(at=at, timezone=ZoneInfo(zone))
        self.days: Count[str] = Count()
        self._now = START
        self.restart()

    def restart(self) -> None:
        if self._boots:
            self.outbox.close()
        self._boots += 1
        self.outbox: Outbox = Outbox(self._folder, f"boot-{self._boots}", reserve_bytes=4096)
        self.exerciser = DrillRunner(
            self.table,
            outbox=self.outbox,
            counters=Counters(),
            cameras=lambda: self._plan.cameras,
            now=lambda: self._now,
            make=self._made,
        )

    def _made(self, _: object, happening: str) -> tuple[AlertMessage, ...]:
        self.days[happening] += 1
        return drill_messages(
            self._plan.cameras[0], happening, node=NODE, at=self._now, clock=CLOCK
        )

    def tick(self, now: datetime) -> None:
        self._now = now
        self.exerciser.run_due(now)


@SLOW
@given(
    habit=st.tuples(TIMES, ZONES),
    steps=st.lists(
        st.tuples(st.integers(1, 300), st.booleans(), st.integers(-60, 60)), max_size=60
    ),
)
def test_no_day_is_doubled_and_none_that_was_seen_is_left_out(
    tmp_path_factory: pytest.TempPathFactory,
    plan: Plan,
    habit: tuple[time | None, str],
    steps: list[tuple[int, bool, int]],
) -> None:
    site = Site(tmp_path_factory.mktemp("site"), plan, *habit)
    true, due = START, set()
    for minutes, restarts, wrong in [(0, False, 0), *steps]:
        true += timedelta(minutes=minutes)
        if restarts:
            site.restart()
        told = true + timedelta(minutes=wrong)
        site.tick(told)
        due.add(site.table.day_due("north-gate", told))
    site.outbox.close()

    assert set(site.days.values()) == {1}, "never doubled"
    assert set(site.days) == {f"{day}" for day in due}, "none of a day that came is left out"


@given(at=TIMES, zone=ZONES, minutes=st.integers(0, 60 * 24 * 400))
def test_a_days_exercise_comes_at_its_time_and_days_only_go_on(
    at: time | None, zone: str, minutes: int
) -> None:
    table = DrillSchedule(at=at, timezone=ZoneInfo(zone))
    now = START + timedelta(minutes=minutes)
    day = table.day_due("north-gate", now)

    assert day <= now.astimezone(ZoneInfo(zone)).date()
    assert table.day_due("north-gate", now + timedelta(minutes=1)) - day in (
        timedelta(0),
        timedelta(days=1),
    )
    assert table.day_due("north-gate", now + timedelta(hours=49)) > day


def test_at_ten_it_is_exercised_once(tmp_path: Path, plan: Plan) -> None:
    site = Site(tmp_path, plan, time(10), "Asia/Shanghai")
    for minute in range(0, 48 * 60, 5):
        site.tick(START + timedelta(minutes=minute))  # from eight in the evening
    site.outbox.close()

    assert sorted(site.days) == ["2026-03-27", "2026-03-28", "2026-03-29"]


def test_a_wild_clock_does_not_end_the_exercises(tmp_path: Path, plan: Plan) -> None:
    site = Site(tmp_path, plan, time(10), "Asia/Shanghai")
    site.tick(START + timedelta(days=3650))
    site.tick(START)
    site.tick(START + timedelta(minutes=1))
    site.outbox.close()

    assert site.days["2026-03-27"] == 1
    assert date.fromisoformat("2026-03-27") == site.table.day_due("north-gate", START)


def test_it_goes_as_a_drill_that_calls_nobody(tmp_path: Path, plan: Plan) -> None:
    site = Site(tmp_path, plan, None, "Asia/Shanghai")
    site.tick(START)
    opened, closed = (row.payload for row in site.outbox.next_rows(limit=9))
    site.outbox.close()

    for payload in (opened, closed):
        assert b'"exercise":true' in payload
        assert b'"score":0.0' in payload
        assert b'"zone":"exercise"' in payload


def test_a_receipt_proves_the_way_and_a_refusal_does_not(tmp_path: Path, plan: Plan) -> None:
    site = Site(tmp_path, plan, time(10), "Asia/Shanghai")
    site.tick(START)
    no = Rejection(seq=1, reason="impossible")
    refused = Receipt(boot_id="boot-1", acked_seq=0, rejected=(no,), at=RECEIVED)
    site.outbox.apply_receipts([refused])
    unproven = DrillStatus.of("north-gate", site.outbox.notes())
    site.outbox.apply_receipts([Receipt(boot_id="boot-1", acked_seq=2, at=RECEIVED)])
    proven = DrillStatus.of("north-gate", site.outbox.notes())
    site.outbox.close()

    assert (unproven.confirmed_at, unproven.first_at) == (None, START)
    assert proven.confirmed_at == RECEIVED


def test_a_proof_is_taken_from_the_receipt_that_comes_after_a_restart(
    tmp_path: Path, plan: Plan
) -> None:
    site = Site(tmp_path, plan, time(10), "Asia/Shanghai")
    site.tick(START)
    site.restart()
    site.outbox.apply_receipts([Receipt(boot_id="boot-1", acked_seq=2, at=RECEIVED)])
    notes = site.outbox.notes()
    site.outbox.close()

    assert notes[LAST_DRILL_DAY + "north-gate"] == "2026-03-27"
    assert DrillStatus.of("north-gate", notes).confirmed_at == RECEIVED


@pytest.mark.parametrize(("hours", "old"), [(24, False), (25, False), (25.1, True)])
def test_after_25_hours_without_a_proof_the_way_counts_as_broken(hours: float, old: bool) -> None:
    now = START + timedelta(hours=hours)

    assert DrillStatus(confirmed_at=START, first_at=None).is_overdue(now) is old
    assert DrillStatus(confirmed_at=None, first_at=START).is_overdue(now) is old
    assert not DrillStatus(confirmed_at=None, first_at=None).is_overdue(now)


def test_opened_and_closed_are_one_alert(plan: Plan) -> None:
    opened, closed = drill_messages(plan.cameras[0], "x", node=NODE, at=START, clock=CLOCK)

    assert (opened.change, closed.change) == (Change.OPENED, Change.CLOSED)
    assert opened.data.alert_id == closed.data.alert_id
