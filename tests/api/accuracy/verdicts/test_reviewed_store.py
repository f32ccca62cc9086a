"""The verdict in force, and which incidents count."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accuracy.score import Decision
from api.accuracy.store import Verdict, VerdictStage, VerdictValue, add_verdict
from api.accuracy.verdicts.model import ReviewedIncident, VerdictSource
from api.accuracy.verdicts.reviewed_store import list_reviewed
from api.ingest.batch import Ingest
from tests.api.alerts import NOON, alert_message, noon_plus, signed_message
from tests.api.databases import rows, scalar

DAY = timedelta(days=1)
NOT_FOUND_AT_ONCE, NOT_FOUND_LATE = noon_plus(300), noon_plus(1200)


async def judge(
    engine: AsyncEngine, incident: UUID, verdicts: list[tuple[str, str, datetime]]
) -> None:
    async with engine.begin() as connection:
        for stage, value, at in verdicts:
            verdict = Verdict(value=VerdictValue(value), stage=VerdictStage(stage), actor=1)
            await add_verdict(connection, incident, verdict, at=at)


async def reviewed(engine: AsyncEngine, scenario: str | None = None) -> list[ReviewedIncident]:
    async with engine.connect() as connection:
        return await list_reviewed(
            connection, since=NOON - DAY, until=NOON + DAY, scenario=scenario
        )


@pytest.fixture
async def incident(ingest: Ingest, database: AsyncEngine) -> UUID:
    await ingest.store_batch([signed_message(alert_message("a"))], now=NOON)
    id_ = await scalar(database, "SELECT id FROM incident")
    assert isinstance(id_, UUID)
    return id_


@pytest.mark.parametrize(
    ("verdicts", "value", "source"),
    [
        ([("review", "true", NOON)], "true", "desk"),
        ([("review", "true", NOON), ("review", "false", noon_plus(1))], "false", "desk"),
        ([("on_site", "true", NOON), ("review", "false", noon_plus(1))], "true", "on_site"),
        ([("audit", "false", NOON), ("verify", "true", noon_plus(1))], "false", "audit"),
        ([("on_site", "true", NOON), ("audit", "false", noon_plus(1))], "true", "on_site"),
        ([("review", "true", NOON), ("audit", "unsure", noon_plus(1))], "true", "desk"),
        ([("review", "unsure", NOON)], "unsure", "desk"),
        (
            [
                ("review", "true", NOON),
                ("review", "false", noon_plus(1)),
                ("review", "withdrawn", noon_plus(2)),
            ],
            "true",
            "desk",
        ),
        ([("review", "true", NOON), ("review", "withdrawn", noon_plus(1))], None, None),
        (
            [("review", "true", NOON), ("on_site", "not_found_on_site", NOT_FOUND_AT_ONCE)],
            "false",
            "on_site",
        ),
        (
            [("review", "true", NOON), ("on_site", "not_found_on_site", NOT_FOUND_LATE)],
            "true",
            "desk",
        ),
        ([("on_site", "not_found_on_site", NOT_FOUND_LATE)], "unsure", "on_site"),
    ],
)
async def test_the_verdict_in_force_is_the_strongest_one_that_says_something(
    *,
    incident: UUID,
    database: AsyncEngine,
    verdicts: list[tuple[str, str, datetime]],
    value: str | None,
    source: str | None,
) -> None:
    await judge(database, incident, verdicts)

    found = await reviewed(database)

    assert [(item.value, item.source) for item in found] == ([(value, source)] if value else [])


async def test_a_reviewed_incident_says_how_it_was_scored_and_decided(
    incident: UUID, database: AsyncEngine
) -> None:
    await judge(database, incident, [("review", "true", noon_plus(60))])

    [found] = await reviewed(database)
    assert found.probability == pytest.approx(0.914, abs=0.001)
    assert found == ReviewedIncident(
        incident=incident,
        scenario="crowd_gathering",
        scenario_rev=1,
        node="demo/market/box-1",
        camera="north-gate",
        area_code=None,
        model="",
        raw_score=0.8,
        probability=found.probability,
        decision=Decision.PUSH,
        calibration_version=None,
        threshold_version=None,
        is_pushed=True,
        is_confirmed=False,
        inclusion_probability=None,
        value=VerdictValue.TRUE,
        source=VerdictSource.DESK,
        reason="",
        is_blind=False,
        opened_at=NOON,
        judged_at=noon_plus(60),
    )
    assert await reviewed(database, "fall") == []


async def test_an_incident_of_the_version_before_has_the_revision_of_its_lead_alert(
    incident: UUID, database: AsyncEngine
) -> None:
    await judge(database, incident, [("review", "true", NOON)])
    async with database.begin() as connection:
        await connection.execute(text("UPDATE incident SET scenario_rev = NULL, model = NULL"))

    assert [(item.scenario_rev, item.model) for item in await reviewed(database)] == [(1, "")]


async def test_drills_equipment_and_storms_do_not_count(
    incident: UUID, database: AsyncEngine
) -> None:
    await judge(database, incident, [("review", "true", NOON)])
    for change in (
        "UPDATE incident SET exercise = true",
        "UPDATE incident SET exercise = false, class = 'equipment'",
        "UPDATE incident SET class = 'safety', key = 'storm|' || key",
    ):
        async with database.begin() as connection:
            await connection.execute(text(change))

        assert await reviewed(database) == []


async def test_a_repeated_alert_changes_nothing(
    incident: UUID, ingest: Ingest, database: AsyncEngine
) -> None:
    await judge(database, incident, [("review", "true", NOON)])
    before = await reviewed(database)

    await ingest.store_batch([signed_message(alert_message("a"))], now=noon_plus(1))

    assert await reviewed(database) == before


async def test_verdicts_are_never_changed_and_an_older_centre_may_add_some(
    incident: UUID, database: AsyncEngine
) -> None:
    async with database.begin() as connection:
        await connection.execute(
            text("""
                INSERT INTO verdict (incident, value, stage, reason, actor, at)
                VALUES (:incident, 'true', 'verify', '', 1, now())
            """),
            {"incident": incident},
        )

    stored = await rows(database, "SELECT source, is_blind, inclusion_probability FROM verdict")
    assert stored == [("desk", False, None)]
