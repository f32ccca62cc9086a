from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.fleet.health_rules import (
    Alarm,
    AlarmKind,
    CameraFacts,
    FleetFacts,
    NodeFacts,
    SequenceGap,
    evaluate_health_rules,
)
from api.fleet.monitor import FleetMonitor
from api.fleet.report_handler import ReportHandler
from tests.api.alerts import ALERT_NODE, NOON, enroll, noon_plus
from tests.api.reports import a_camera, a_health, a_status
from tests.api.town import Clock

DAY = timedelta(days=1)


def kinds(found: list[Alarm]) -> list[AlarmKind]:
    return [alarm.kind for alarm in found]


def a_node(**facts: object) -> NodeFacts:
    known: dict[str, object] = {"state": "online", "state_at": NOON, "health_at": NOON}
    return NodeFacts(name=str(ALERT_NODE), **(known | facts))  # type: ignore[arg-type]


def a_camera_that(state: str = "online", **facts: object) -> CameraFacts:
    known: dict[str, object] = {"reported_at": NOON, "first_at": NOON}
    return CameraFacts(node=str(ALERT_NODE), name="yard", state=state, **(known | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "seconds", "is_silent"),
    [
        ("online", 119, False),
        ("online", 121, True),
        ("offline", 59, False),
        ("offline", 61, True),
        ("stopped", 599, False),
        ("stopped", 601, True),
        ("unknown", 9999, False),
    ],
)
def test_a_node_becomes_unreachable_after_a_time_that_depends_on_its_last_state(
    state: str, seconds: float, *, is_silent: bool
) -> None:
    found = evaluate_health_rules(FleetFacts(nodes=(a_node(state=state),)), now=noon_plus(seconds))

    assert kinds(found) == [AlarmKind.UNREACHABLE] * is_silent


def test_a_node_that_never_reported_raises_no_alarm() -> None:
    node = NodeFacts(name=str(ALERT_NODE), state="unknown")

    assert evaluate_health_rules(FleetFacts(nodes=(node,)), now=NOON + DAY) == []


CASES = {
    AlarmKind.CLOCK_SKEW: FleetFacts(nodes=(a_node(skew_s=-301.0),)),
    AlarmKind.BACKLOG: FleetFacts(nodes=(a_node(outbox_oldest_s=301.0),)),
    AlarmKind.CONFIG_REFUSED: FleetFacts(
        nodes=(a_node(desired_rev=2, desired_at=NOON, seen_rev=2, outcome="partial"),)
    ),
    AlarmKind.CONFIG_UNANSWERED: FleetFacts(
        nodes=(a_node(desired_rev=2, desired_at=noon_plus(-301), seen_rev=1, outcome="success"),)
    ),
    AlarmKind.CAMERA_OFFLINE: FleetFacts(
        cameras=(a_camera_that("offline", reported_at=noon_plus(-61)),)
    ),
    AlarmKind.DRILL_OVERDUE: FleetFacts(cameras=(a_camera_that(first_at=noon_plus(-90_001)),)),
    AlarmKind.SEQ_GAP: FleetFacts(
        gaps=(
            SequenceGap(
                node=str(ALERT_NODE), boot_id="b", acked_seq=3, also=(6, 9), since=noon_plus(-61)
            ),
        )
    ),
    AlarmKind.NOISY: FleetFacts(incident_counts=((str(ALERT_NODE), "yard", 21),)),
}


@pytest.mark.parametrize(("kind", "facts"), CASES.items(), ids=str)
def test_each_rule_raises_only_its_own_alarm(kind: AlarmKind, facts: FleetFacts) -> None:
    assert kinds(evaluate_health_rules(facts, now=NOON)) == [kind]


def test_a_sequence_gap_counts_the_missing_alerts() -> None:
    [alarm] = evaluate_health_rules(CASES[AlarmKind.SEQ_GAP], now=NOON)

    assert alarm.detail == {"missing": 4, "boots": 1}


def test_an_unreachable_node_hides_the_alarms_of_its_cameras() -> None:
    facts = FleetFacts(
        nodes=(a_node(state="offline"),), cameras=(a_camera_that("offline", reported_at=NOON),)
    )

    assert kinds(evaluate_health_rules(facts, now=noon_plus(600))) == [AlarmKind.UNREACHABLE]


@given(
    proven=st.datetimes(datetime(2026, 11, 22), datetime(2026, 11, 23, 12)),  # noqa: DTZ001
    state=st.sampled_from(["online", "degraded", "offline", "ended", "disabled"]),
)
def test_a_drill_is_overdue_only_for_a_running_camera_after_25_hours(
    proven: datetime, state: str
) -> None:
    camera = a_camera_that(
        state, drill_passed_at=proven.replace(tzinfo=NOON.tzinfo), reported_at=NOON
    )
    found = kinds(evaluate_health_rules(FleetFacts(cameras=(camera,)), now=NOON))

    old = proven.replace(tzinfo=NOON.tzinfo) < NOON - timedelta(hours=25)
    assert (AlarmKind.DRILL_OVERDUE in found) == (old and state in {"online", "degraded"})


async def test_an_alarm_opens_once_stays_open_and_ends_by_itself(database: AsyncEngine) -> None:
    await enroll(database)
    fleet, clock = ReportHandler(database), Clock()
    watch = FleetMonitor(database, now=clock, broker_is_up=lambda: True)
    await fleet.handle(a_status(), now=clock())
    await fleet.handle(a_camera(), now=clock())
    assert await watch.evaluate() == []

    clock.advance(seconds=130)
    [begun] = await watch.evaluate()
    clock.advance(seconds=10)
    assert await watch.evaluate() == []
    await fleet.handle(a_health(at=clock()), now=clock())
    [ended] = await watch.evaluate()

    assert (begun.kind, begun.node, begun.has_begun) == ("unreachable", str(ALERT_NODE), True)
    assert (ended.kind, ended.node, ended.has_begun) == ("unreachable", str(ALERT_NODE), False)
    async with database.connect() as connection:
        told = text("SELECT count(*) FROM event_log WHERE topic = 'node'")
        assert await connection.scalar(told) == 3  # online, silent, heard again


async def test_no_node_is_unreachable_while_the_broker_is_down(database: AsyncEngine) -> None:
    await enroll(database)
    clock, broker = Clock(), [False]
    watch = FleetMonitor(database, now=clock, broker_is_up=lambda: broker[0])
    await ReportHandler(database).handle(a_status(), now=clock())

    clock.advance(minutes=30)
    assert await watch.evaluate() == []
    broker[0] = True
    assert await watch.evaluate() == []
    clock.advance(seconds=121)
    assert [change.kind for change in await watch.evaluate()] == ["unreachable"]
