"""An operator sees the alerts of a new source first, until enough of them have been judged."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accuracy.fitting.drift_store import restart_camera
from api.accuracy.fitting.scoring import Scoring
from api.accuracy.fitting.trust_store import (
    MIN_AGE,
    MIN_JUDGED,
    restart_turned_cameras,
    trust_sources,
)
from api.ingest.batch import Ingest
from pipeline.signal import Level
from tests.api.accuracy.fitting.reviewed_incidents import HOUR_S, judge_all, raise_alerts
from tests.api.alerts import ALERT_NODE, alert_message, noon_plus, signed_message
from tests.api.databases import rows

NEWEST = "SELECT decision FROM incident ORDER BY created_at DESC, id DESC LIMIT 1"
ENOUGH = [f"a{n}" for n in range(MIN_JUDGED)]


@pytest.fixture
def ingest(town_database: AsyncEngine) -> Ingest:
    """Return an ingest that scores as a centre does by default."""
    return Ingest(town_database, scoring=lambda: Scoring(first_look=True))


async def trust(engine: AsyncEngine, *, hours: float) -> int:
    async with engine.begin() as connection:
        return await trust_sources(connection, now=noon_plus(HOUR_S * hours))


async def test_the_alerts_of_a_new_camera_go_to_an_operator(
    ingest: Ingest, town_database: AsyncEngine
) -> None:
    await raise_alerts(ingest, "a")
    await raise_alerts(ingest, "b", hours=1, scenario="smoke_fire", level=Level.CRITICAL)

    assert await rows(town_database, "SELECT DISTINCT decision FROM incident") == [("review",)]
    assert await trust(town_database, hours=2) == 0


async def test_a_camera_is_trusted_after_enough_verdicts(
    ingest: Ingest, town_database: AsyncEngine
) -> None:
    await raise_alerts(ingest, ENOUGH)
    await judge_all(town_database)

    assert await trust(town_database, hours=1) == 1
    await raise_alerts(ingest, "k", hours=30)

    assert await rows(town_database, NEWEST) == [("push",)]


async def test_a_quiet_camera_is_trusted_after_two_weeks_and_a_verdict(
    ingest: Ingest, town_database: AsyncEngine
) -> None:
    await raise_alerts(ingest, "a")
    await judge_all(town_database)

    assert await trust(town_database, hours=1) == 0
    assert await trust(town_database, hours=MIN_AGE / timedelta(hours=1) + 1) == 1


async def test_a_camera_that_was_moved_is_new_again(
    ingest: Ingest, town_database: AsyncEngine
) -> None:
    async with town_database.begin() as connection:
        insert = "INSERT INTO camera (node, name, lon, lat) VALUES (:node, 'north-gate', 104, 30)"
        await connection.execute(text(insert), {"node": str(ALERT_NODE)})
    await raise_alerts(ingest, ENOUGH)
    await judge_all(town_database)
    assert await trust(town_database, hours=1) == 1

    async with town_database.begin() as connection:
        await connection.execute(text("UPDATE camera SET lon = lon + 0.001"))
    await raise_alerts(ingest, "k", hours=30)

    assert await rows(town_database, NEWEST) == [("review",)]
    assert await trust(town_database, hours=31) == 0


async def test_a_camera_that_a_person_starts_anew_is_new_again(
    ingest: Ingest, town_database: AsyncEngine
) -> None:
    await raise_alerts(ingest, ENOUGH)
    await judge_all(town_database)
    assert await trust(town_database, hours=1) == 1

    async with town_database.begin() as connection:
        restarted = await restart_camera(connection, str(ALERT_NODE), "north-gate", None)
    await raise_alerts(ingest, "k", hours=30)

    assert restarted == ["crowd_gathering"]
    assert await rows(town_database, NEWEST) == [("review",)]


@pytest.mark.parametrize(
    ("shift", "is_new"), [(0.06, True), (0.0, False)], ids=["turned", "covered"]
)
async def test_a_camera_that_was_turned_is_new_again_and_a_covered_one_is_not(
    ingest: Ingest, town_database: AsyncEngine, *, shift: float, is_new: bool
) -> None:
    await raise_alerts(ingest, "a")
    message = alert_message("t", scenario="camera_tamper", zone="frame", at=noon_plus(HOUR_S))
    data = replace(message.data, measures={"lost_share": 0.7, "shift_share": shift})
    await ingest.store_batch([signed_message(replace(message, data=data))], now=noon_plus(HOUR_S))

    async with town_database.begin() as connection:
        assert await restart_turned_cameras(connection, now=noon_plus(2 * HOUR_S)) == []
    await judge_all(town_database)
    async with town_database.begin() as connection:
        turned = await restart_turned_cameras(connection, now=noon_plus(2 * HOUR_S))
        again = await restart_turned_cameras(connection, now=noon_plus(2 * HOUR_S))

    assert turned == ([(str(ALERT_NODE), "north-gate")] if is_new else [])
    assert again == []
    left = "SELECT scenario FROM camera_scenario ORDER BY scenario"
    expected = ["camera_tamper"] if is_new else ["camera_tamper", "crowd_gathering"]
    assert [row[0] for row in await rows(town_database, left)] == expected
