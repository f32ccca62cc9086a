"""One drill per camera and day, over midnight, clock changes and restarts."""

from collections import Counter as Count
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.config.loader import ResolvedConfig, load_config
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
def config(tmp_path_factory: pytest.TempPathFactory) -> ResolvedConfig:
    return load_config(write_edge_toml(tmp_path_factory.mktemp("box"), EDGE_TOML))


class Site:
    """A drill runner that can be restarted; counts its drills by day."""

    def __init__(
        self, folder: Path, config: ResolvedConfig, at: time | None, timezone: str
    ) -> None:
        self._folder, self._config, self._boots = folder, config, 0
        self.schedule = DrillSchedule(at=at, timezone=ZoneInfo(timezone))
        self.days: Count[str] = Count()
        self._now = START
        self.restart()

    def restart(self) -> None:
        if self._boots:
            self.outbox.close()
        self._boots += 1
        self.outbox: Outbox = Outbox(self._folder, f"boot-{self._boots}", reserve_bytes=4096)
        self.runner = DrillRunner(
            self.schedule,
            outbox=self.outbox,
            counters=Counters(),
            cameras=lambda: self._config.cameras,
            now=lambda: self._now,
            make=self._messages,
        )

    def _messages(self, _: object, occasion: str) -> tuple[AlertMessage, ...]:
        self.days[occasion] += 1
        return drill_messages(
            self._config.cameras[0], occasion, node=NODE, at=self._now, clock=CLOCK
        )

    def run_at(self, now: datetime) -> None:
        self._now = now
        self.runner.run_due(now)


@pytest.mark.slow
@SLOW
@given(
    schedule=st.tuples(TIMES, ZONES),
    steps=st.lists(
        st.tuples(st.integers(1, 300), st.booleans(), st.integers(-60, 60)), max_size=60
    ),
)
def test_each_day_has_exactly_one_drill(
    tmp_path_factory: pytest.TempPathFactory,
    config: ResolvedConfig,
    schedule: tuple[time | None, str],
    steps: list[tuple[int, bool, int]],
) -> None:
    site = Site(tmp_path_factory.mktemp("site"), config, *schedule)
    now, due = START, set()
    for minutes, restarts, clock_error in [(0, False, 0), *steps]:
        now += timedelta(minutes=minutes)
        if restarts:
            site.restart()
        node_time = now + timedelta(minutes=clock_error)
        site.run_at(node_time)
        due.add(site.schedule.day_due("north-gate", node_time))
    site.outbox.close()

    assert set(site.days.values()) == {1}, "no day twice"
    assert set(site.days) == {f"{day}" for day in due}, "no day left out"


@given(at=TIMES, timezone=ZONES, minutes=st.integers(0, 60 * 24 * 400))
def test_the_day_that_is_due_never_goes_back(at: time | None, timezone: str, minutes: int) -> None:
    schedule = DrillSchedule(at=at, timezone=ZoneInfo(timezone))
    now = START + timedelta(minutes=minutes)
    day = schedule.day_due("north-gate", now)

    assert day <= now.astimezone(ZoneInfo(timezone)).date()
    assert schedule.day_due("north-gate", now + timedelta(minutes=1)) - day in (
        timedelta(0),
        timedelta(days=1),
    )
    assert schedule.day_due("north-gate", now + timedelta(hours=49)) > day


def test_there_is_one_drill_a_day_at_ten(tmp_path: Path, config: ResolvedConfig) -> None:
    site = Site(tmp_path, config, time(10), "Asia/Shanghai")
    for minute in range(0, 48 * 60, 5):
        site.run_at(START + timedelta(minutes=minute))  # from eight in the evening
    site.outbox.close()

    assert sorted(site.days) == ["2026-03-27", "2026-03-28", "2026-03-29"]


def test_a_clock_far_ahead_does_not_stop_the_drills(tmp_path: Path, config: ResolvedConfig) -> None:
    site = Site(tmp_path, config, time(10), "Asia/Shanghai")
    site.run_at(START + timedelta(days=3650))
    site.run_at(START)
    site.run_at(START + timedelta(minutes=1))
    site.outbox.close()

    assert site.days["2026-03-27"] == 1
    assert date.fromisoformat("2026-03-27") == site.schedule.day_due("north-gate", START)


def test_a_drill_is_marked_and_has_no_score(tmp_path: Path, config: ResolvedConfig) -> None:
    site = Site(tmp_path, config, None, "Asia/Shanghai")
    site.run_at(START)
    opened, closed = (row.payload for row in site.outbox.next_rows(limit=9))
    site.outbox.close()

    for payload in (opened, closed):
        assert b'"exercise":true' in payload
        assert b'"score":0.0' in payload
        assert b'"zone":"exercise"' in payload


def test_a_receipt_confirms_a_drill_and_a_rejection_does_not(
    tmp_path: Path, config: ResolvedConfig
) -> None:
    site = Site(tmp_path, config, time(10), "Asia/Shanghai")
    site.run_at(START)
    rejection = Rejection(seq=1, reason="impossible")
    receipt = Receipt(boot_id="boot-1", acked_seq=0, rejected=(rejection,), at=RECEIVED)
    site.outbox.apply_receipts([receipt])
    after_rejection = DrillStatus.of("north-gate", site.outbox.notes())
    site.outbox.apply_receipts([Receipt(boot_id="boot-1", acked_seq=2, at=RECEIVED)])
    after_receipt = DrillStatus.of("north-gate", site.outbox.notes())
    site.outbox.close()

    assert (after_rejection.confirmed_at, after_rejection.first_at) == (None, START)
    assert after_receipt.confirmed_at == RECEIVED


def test_a_receipt_after_a_restart_confirms_a_drill(tmp_path: Path, config: ResolvedConfig) -> None:
    site = Site(tmp_path, config, time(10), "Asia/Shanghai")
    site.run_at(START)
    site.restart()
    site.outbox.apply_receipts([Receipt(boot_id="boot-1", acked_seq=2, at=RECEIVED)])
    notes = site.outbox.notes()
    site.outbox.close()

    assert notes[LAST_DRILL_DAY + "north-gate"] == "2026-03-27"
    assert DrillStatus.of("north-gate", notes).confirmed_at == RECEIVED


@pytest.mark.parametrize(("hours", "overdue"), [(24, False), (25, False), (25.1, True)])
def test_a_drill_is_overdue_after_25_hours_without_a_confirmation(
    hours: float, overdue: bool
) -> None:
    now = START + timedelta(hours=hours)

    assert DrillStatus(confirmed_at=START, first_at=None).is_overdue(now) is overdue
    assert DrillStatus(confirmed_at=None, first_at=START).is_overdue(now) is overdue
    assert not DrillStatus(confirmed_at=None, first_at=None).is_overdue(now)


def test_both_messages_belong_to_one_alert(config: ResolvedConfig) -> None:
    opened, closed = drill_messages(config.cameras[0], "x", node=NODE, at=START, clock=CLOCK)

    assert (opened.change, closed.change) == (Change.OPENED, Change.CLOSED)
    assert opened.data.alert_id == closed.data.alert_id
