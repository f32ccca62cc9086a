from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.fleet.report_handler import ReportHandler
from api.fleet.report_parser import RawReport
from api.fleet.store import MAX_CAMERAS
from pipeline.wire import CameraState, Node, Status
from tests.api.alerts import ALERT_NODE, NOON, enroll, noon_plus
from tests.api.signed_reports import (
    camera_report,
    config_report,
    health_report,
    signed_report,
    status_report,
)

OTHER_NODE, OTHER_KEY = Node("demo", "market", "box-2"), bytes(32)


@pytest.fixture
async def handler(database: AsyncEngine) -> ReportHandler:
    await enroll(database)
    await enroll(database, OTHER_NODE, OTHER_KEY)
    return ReportHandler(database)


async def rows(engine: AsyncEngine, query: str) -> list[tuple[object, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_a_signed_report_is_stored(handler: ReportHandler, database: AsyncEngine) -> None:
    for raw_report in (status_report(), camera_report(), health_report(rows=3), config_report(2)):
        await handler.handle(raw_report, now=noon_plus(1))

    query = "SELECT state, software, boot_id FROM node WHERE name LIKE '%box-1'"
    assert await rows(database, query) == [("online", "gridwatch 1", "boot-1")]
    assert await rows(database, "SELECT state, reported_at FROM camera") == [
        ("online", noon_plus(1))
    ]
    health = "SELECT report ->> 'outbox_rows', measured_at, received_at FROM node_health"
    assert await rows(database, health) == [("3", NOON, noon_plus(1))]
    assert await rows(database, "SELECT rev, outcome FROM node_reported") == [(2, "success")]


FORGED = {
    "not signed": replace(status_report("offline"), signature=""),
    "signed by another node": signed_report(
        "status", message=Status(state="offline", boot_id="b"), key=OTHER_KEY
    ),
    "of a node that is not enrolled": replace(
        status_report("offline"), topic=f"gw/v1/{ALERT_NODE.district}/market/nobody/up/status"
    ),
    "under the topic of another node": replace(
        status_report("offline"), topic=OTHER_NODE.topic("up", "status")
    ),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
async def test_an_unsigned_report_changes_nothing_and_is_quarantined(
    handler: ReportHandler, database: AsyncEngine, forged: RawReport
) -> None:
    await handler.handle(status_report(), now=NOON)
    for n in range(3):
        await handler.handle(forged, now=noon_plus(n))

    states = "SELECT name, state FROM node ORDER BY name"
    assert await rows(database, states) == [
        (str(ALERT_NODE), "online"),
        (str(OTHER_NODE), "unknown"),
    ]
    quarantined = await rows(database, "SELECT topic, times FROM quarantine")
    assert quarantined == [(forged.topic, 3)]


async def test_the_last_will_of_an_earlier_boot_is_ignored(
    handler: ReportHandler, database: AsyncEngine
) -> None:
    await handler.handle(status_report(boot_id="boot-2"), now=NOON)
    await handler.handle(status_report("offline", boot_id="boot-1"), now=noon_plus(1))

    assert (await rows(database, "SELECT state FROM node ORDER BY name"))[0] == ("online",)


async def test_clock_skew_is_computed_from_health_reports(
    handler: ReportHandler, database: AsyncEngine
) -> None:
    await handler.handle(health_report(at=noon_plus(-900)), now=NOON)

    assert (await rows(database, "SELECT skew_s FROM node ORDER BY name"))[0] == (-900.0,)


async def test_a_camera_state_is_stored_after_the_node_s_clock_was_set_back(
    handler: ReportHandler, database: AsyncEngine
) -> None:
    await handler.handle(camera_report("online", since=noon_plus(86_400)), now=NOON)
    await handler.handle(camera_report("offline", since=noon_plus(5)), now=noon_plus(6))

    assert await rows(database, "SELECT state FROM camera") == [("offline",)]


async def test_a_report_that_cannot_be_stored_does_not_block_others(
    handler: ReportHandler, database: AsyncEngine
) -> None:
    camera = CameraState(state="offline", since=NOON, reason="\0")
    await handler.handle(signed_report("camera", "north-gate", message=camera), now=NOON)
    await handler.handle(status_report(), now=NOON)

    assert await rows(database, "SELECT reason_code FROM quarantine") == [("unreadable",)]
    assert (await rows(database, "SELECT state FROM node ORDER BY name"))[0] == ("online",)


async def test_a_node_cannot_fill_the_table_of_cameras(
    handler: ReportHandler, database: AsyncEngine
) -> None:
    await handler.handle(camera_report(), now=noon_plus(1))
    async with database.begin() as connection:
        await connection.execute(
            text("""INSERT INTO camera (node, name)
                    SELECT :node, 'c' || n FROM generate_series(2, :limit) AS n"""),
            {"node": str(ALERT_NODE), "limit": MAX_CAMERAS},
        )

    for report in (camera_report(name="one-more"), camera_report("offline", since=noon_plus(2))):
        await handler.handle(report, now=noon_plus(3))

    known = "SELECT count(*), count(*) FILTER (WHERE state = 'offline') FROM camera"
    assert await rows(database, known) == [(MAX_CAMERAS, 1)]
    refused = await rows(database, "SELECT reason FROM quarantine")
    assert [reason for (reason,) in refused] == [
        f"{ALERT_NODE} has {MAX_CAMERAS} cameras; delete unused ones"
    ]
