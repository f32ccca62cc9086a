from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.fleet.alarm_store import list_open_alarms
from api.fleet.health_rules import (
    Alarm,
    AlarmKind,
    CameraFacts,
    FleetFacts,
    NodeFacts,
    ScoreDrift,
    SequenceGap,
    evaluate_health_rules,
)
from api.fleet.monitor import FleetMonitor
from api.fleet.report_handler import ReportHandler
from api.fleet.report_parser import RawReport
from pipeline.wire import CameraHealth, sign
from tests.api.alerts import ALERT_NODE, KEY, NOON, enroll, noon_plus
from tests.api.signed_reports import camera_report, health_report, status_report
from tests.api.town import Clock

DAY = timedelta(days=1)


def kinds(alarms: list[Alarm]) -> list[AlarmKind]:
    return [alarm.kind for alarm in alarms]


def node_facts(**facts: object) -> NodeFacts:
    known: dict[str, object] = {"state": "online", "state_at": NOON, "health_at": NOON}
    return NodeFacts(name=str(ALERT_NODE), **(known | facts))  # type: ignore[arg-type]


def camera_facts(state: str = "online", **facts: object) -> CameraFacts:
    known: dict[str, object] = {"reported_at": NOON, "first_at": NOON}
    return CameraFacts(node=str(ALERT_NODE), name="yard", state=state, **(known | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "seconds", "is_unreachable"),
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
    state: str, seconds: float, *, is_unreachable: bool
) -> None:
    alarms = evaluate_health_rules(
        FleetFacts(nodes=(node_facts(state=state),)), now=noon_plus(seconds)
    )

    assert kinds(alarms) == [AlarmKind.UNREACHABLE] * is_unreachable


def test_a_node_that_never_reported_raises_no_alarm() -> None:
    node = NodeFacts(name=str(ALERT_NODE), state="unknown")

    assert evaluate_health_rules(FleetFacts(nodes=(node,)), now=NOON + DAY) == []


CASES = {
    AlarmKind.CLOCK_SKEW: FleetFacts(nodes=(node_facts(skew_s=-301.0),)),
    AlarmKind.BACKLOG: FleetFacts(nodes=(node_facts(outbox_oldest_s=301.0),)),
    AlarmKind.CONFIG_REFUSED: FleetFacts(
        nodes=(node_facts(desired_rev=2, desired_at=NOON, seen_rev=2, outcome="partial"),)
    ),
    AlarmKind.CONFIG_UNANSWERED: FleetFacts(
        nodes=(
            node_facts(desired_rev=2, desired_at=noon_plus(-301), seen_rev=1, outcome="success"),
        )
    ),
    AlarmKind.CAMERA_OFFLINE: FleetFacts(
        cameras=(camera_facts("offline", reported_at=noon_plus(-61)),)
    ),
    AlarmKind.DRILL_OVERDUE: FleetFacts(cameras=(camera_facts(first_at=noon_plus(-90_001)),)),
    AlarmKind.SEQ_GAP: FleetFacts(
        gaps=(
            SequenceGap(
                node=str(ALERT_NODE), boot_id="b", acked_seq=3, also=(6, 9), since=noon_plus(-61)
            ),
        )
    ),
    AlarmKind.NOISY: FleetFacts(incident_counts=((str(ALERT_NODE), "yard", 21),)),
    AlarmKind.CAMERA_BLIND: FleetFacts(cameras=(camera_facts(blind_cause="dark"),)),
    AlarmKind.SCORES_DRIFT: FleetFacts(
        drifts=(
            ScoreDrift(
                node=str(ALERT_NODE), camera="yard", scenarios=("crowd_gathering",), since=NOON
            ),
        )
    ),
    AlarmKind.INVALID_MESSAGES: FleetFacts(refused_counts=((str(ALERT_NODE), 21, 3),)),
}


@pytest.mark.parametrize(("kind", "facts"), CASES.items(), ids=str)
def test_each_rule_raises_only_its_own_alarm(kind: AlarmKind, facts: FleetFacts) -> None:
    assert kinds(evaluate_health_rules(facts, now=NOON)) == [kind]


def test_a_sequence_gap_counts_the_missing_alerts() -> None:
    [alarm] = evaluate_health_rules(CASES[AlarmKind.SEQ_GAP], now=NOON)

    assert alarm.detail == {"missing": 4, "boots": 1}


def test_an_unreachable_node_hides_the_alarms_of_its_cameras() -> None:
    facts = FleetFacts(
        nodes=(node_facts(state="offline"),), cameras=(camera_facts("offline", reported_at=NOON),)
    )

    assert kinds(evaluate_health_rules(facts, now=noon_plus(600))) == [AlarmKind.UNREACHABLE]


@given(
    passed=st.datetimes(datetime(2026, 11, 22), datetime(2026, 11, 23, 12)),  # noqa: DTZ001
    state=st.sampled_from(["online", "degraded", "offline", "ended", "disabled"]),
)
def test_a_drill_is_overdue_only_for_a_running_camera_after_25_hours(
    passed: datetime, state: str
) -> None:
    camera = camera_facts(
        state, drill_passed_at=passed.replace(tzinfo=NOON.tzinfo), reported_at=NOON
    )
    alarms = kinds(evaluate_health_rules(FleetFacts(cameras=(camera,)), now=NOON))

    old = passed.replace(tzinfo=NOON.tzinfo) < NOON - timedelta(hours=25)
    assert (AlarmKind.DRILL_OVERDUE in alarms) == (old and state in {"online", "degraded"})


async def test_an_alarm_opens_once_stays_open_and_ends_by_itself(database: AsyncEngine) -> None:
    await enroll(database)
    fleet, clock = ReportHandler(database), Clock()
    monitor = FleetMonitor(database, now=clock, broker_is_up=lambda: True)
    await fleet.handle(status_report(), now=clock())
    await fleet.handle(camera_report(), now=clock())
    assert await monitor.evaluate() == []

    clock.advance(seconds=130)
    [opened] = await monitor.evaluate()
    clock.advance(seconds=10)
    assert await monitor.evaluate() == []
    await fleet.handle(health_report(at=clock()), now=clock())
    [ended] = await monitor.evaluate()

    assert (opened.kind, opened.node, opened.has_begun) == ("unreachable", str(ALERT_NODE), True)
    assert (ended.kind, ended.node, ended.has_begun) == ("unreachable", str(ALERT_NODE), False)
    async with database.connect() as connection:
        count = text("SELECT count(*) FROM event_log WHERE topic = 'node'")
        assert await connection.scalar(count) == 3  # online, unreachable, online again


async def test_a_camera_that_cannot_see_is_named_with_its_cause(database: AsyncEngine) -> None:
    await enroll(database)
    handler, clock = ReportHandler(database), Clock()
    monitor = FleetMonitor(database, now=clock, broker_is_up=lambda: True)
    await handler.handle(status_report(), now=clock())
    await handler.handle(camera_report(), now=clock())
    blind = CameraHealth(moving_objects=12, unexplained_share=0.75, blind_cause="glare")
    await handler.handle(health_report(camera=blind), now=clock())

    [opened] = await monitor.evaluate()
    async with database.connect() as connection:
        [alarm] = await list_open_alarms(connection)
    await handler.handle(health_report(at=noon_plus(30)), now=noon_plus(30))
    [ended] = await monitor.evaluate()

    assert (opened.kind, opened.camera, opened.has_begun) == ("camera_blind", "north-gate", True)
    assert alarm.detail == {"cause": "glare", "share": 0.75, "objects": 12}
    assert (ended.kind, ended.has_begun) == ("camera_blind", False)


async def test_an_impossible_stored_health_report_does_not_stop_the_monitor(
    database: AsyncEngine,
) -> None:
    await enroll(database)
    await ReportHandler(database).handle(status_report(), now=NOON)
    async with database.begin() as connection:
        report = '{"boot_id": "b", "outbox_rows": 1, "counters": {}, "outbox_oldest_s": 1e300}'
        insert = text("INSERT INTO node_health VALUES (:node, :at, :at, CAST(:report AS jsonb))")
        await connection.execute(insert, {"node": str(ALERT_NODE), "at": NOON, "report": report})
    monitor = FleetMonitor(database, now=Clock(), broker_is_up=lambda: True)

    changes = await monitor.evaluate()

    assert [change.kind for change in changes] == ["backlog"]


async def test_a_node_that_sends_faults_is_named(database: AsyncEngine) -> None:
    await enroll(database)
    clock = Clock()
    monitor = FleetMonitor(database, now=clock, broker_is_up=lambda: True)
    handler, report = ReportHandler(database), health_report()
    for n in range(21):
        payload = b'{"boot_id": %d}' % n
        signature = sign(KEY, report.topic, payload)
        bad = RawReport(topic=report.topic, payload=payload, signature=signature)
        await handler.handle(bad, now=clock())

    [opened] = await monitor.evaluate()
    clock.advance(minutes=66)
    [ended] = await monitor.evaluate()

    assert (opened.kind, opened.node, opened.has_begun) == (
        "invalid_messages",
        str(ALERT_NODE),
        True,
    )
    assert (ended.kind, ended.has_begun) == ("invalid_messages", False)


async def test_no_node_is_unreachable_while_the_broker_is_down(database: AsyncEngine) -> None:
    await enroll(database)
    clock, broker = Clock(), [False]
    monitor = FleetMonitor(database, now=clock, broker_is_up=lambda: broker[0])
    await ReportHandler(database).handle(status_report(), now=clock())

    clock.advance(minutes=30)
    assert await monitor.evaluate() == []
    broker[0] = True
    assert await monitor.evaluate() == []
    clock.advance(seconds=121)
    assert [change.kind for change in await monitor.evaluate()] == ["unreachable"]
