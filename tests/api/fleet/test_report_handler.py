from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.fleet.report_handler import ReportHandler
from api.fleet.report_parser import RawReport
from pipeline.wire import CameraState, Node, Status
from tests.api.alerts import ALERT_NODE, NOON, enroll, noon_plus
from tests.api.reports import a_camera, a_health, a_reported, a_status, report

OTHER, OTHERS = Node("demo", "market", "box-2"), bytes(32)


@pytest.fixture
async def fleet(database: AsyncEngine) -> ReportHandler:
    await enroll(database)
    await enroll(database, OTHER, OTHERS)
    return ReportHandler(database)


async def rows(engine: AsyncEngine, query: str) -> list[tuple[object, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_a_signed_report_is_stored(fleet: ReportHandler, database: AsyncEngine) -> None:
    for one in (a_status(), a_camera(), a_health(rows=3), a_reported(2)):
        await fleet.handle(one, now=noon_plus(1))

    asked = "SELECT state, software, boot_id FROM node WHERE name LIKE '%box-1'"
    assert await rows(database, asked) == [("online", "gridwatch 1", "boot-1")]
    assert await rows(database, "SELECT state, told_at FROM camera") == [("online", noon_plus(1))]
    health = "SELECT said ->> 'outbox_rows', told_at, received_at FROM node_health"
    assert await rows(database, health) == [("3", NOON, noon_plus(1))]
    assert await rows(database, "SELECT rev, outcome FROM node_reported") == [(2, "success")]


FORGED = {
    "not signed": replace(a_status("offline"), signature=""),
    "signed by another box": report(
        "status", says=Status(state="offline", boot_id="b"), key=OTHERS
    ),
    "of a box that was never enrolled": replace(
        a_status("offline"), topic=f"gw/v1/{ALERT_NODE.district}/market/nobody/up/status"
    ),
    "moved below another box": replace(a_status("offline"), topic=OTHER.topic("up", "status")),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
async def test_an_unsigned_report_changes_nothing_and_is_quarantined(
    fleet: ReportHandler, database: AsyncEngine, forged: RawReport
) -> None:
    await fleet.handle(a_status(), now=NOON)
    for n in range(3):
        await fleet.handle(forged, now=noon_plus(n))

    states = "SELECT name, state FROM node ORDER BY name"
    assert await rows(database, states) == [(str(ALERT_NODE), "online"), (str(OTHER), "unknown")]
    kept = await rows(database, "SELECT topic, times FROM quarantine")
    assert kept == [(forged.topic, 3)]


async def test_the_last_will_of_an_earlier_boot_is_ignored(
    fleet: ReportHandler, database: AsyncEngine
) -> None:
    await fleet.handle(a_status(boot_id="boot-2"), now=NOON)
    await fleet.handle(a_status("offline", boot_id="boot-1"), now=noon_plus(1))

    assert (await rows(database, "SELECT state FROM node ORDER BY name"))[0] == ("online",)


async def test_clock_skew_is_computed_from_health_reports(
    fleet: ReportHandler, database: AsyncEngine
) -> None:
    await fleet.handle(a_health(at=noon_plus(-900)), now=NOON)

    assert (await rows(database, "SELECT skew_s FROM node ORDER BY name"))[0] == (-900.0,)


async def test_a_camera_state_is_stored_after_the_node_s_clock_was_set_back(
    fleet: ReportHandler, database: AsyncEngine
) -> None:
    await fleet.handle(a_camera("online", since=noon_plus(86_400)), now=NOON)
    await fleet.handle(a_camera("offline", since=noon_plus(5)), now=noon_plus(6))

    assert await rows(database, "SELECT state FROM camera") == [("offline",)]


async def test_a_report_that_cannot_be_stored_does_not_block_others(
    fleet: ReportHandler, database: AsyncEngine
) -> None:
    camera = CameraState(state="offline", since=NOON, reason="\0")
    await fleet.handle(report("camera", "north-gate", says=camera), now=NOON)
    await fleet.handle(a_status(), now=NOON)

    assert await rows(database, "SELECT count(*) FROM quarantine") == [(1,)]
    assert (await rows(database, "SELECT state FROM node ORDER BY name"))[0] == ("online",)
