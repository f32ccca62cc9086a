"""Scores are followed once, and a change is noticed."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accuracy.fitting.drift_watch import follow_scores
from tests.api.accuracy.fitting.reviewed_incidents import fill
from tests.api.alerts import NOON
from tests.api.databases import rows, scalar

NOW = NOON + timedelta(days=60)


async def test_scores_are_followed_once_and_a_change_is_noticed(
    town_database: AsyncEngine,
) -> None:
    await fill(town_database, now=NOW - timedelta(days=1))

    assert await follow_scores(town_database, now=NOW) == []
    assert await follow_scores(town_database, now=NOW) == []
    followed = "SELECT camera, cardinality(scores) FROM drift_state ORDER BY camera"
    assert await rows(town_database, followed) == [(f"camera-{n}", 1000) for n in range(4)]

    async with town_database.begin() as connection:
        await connection.execute(
            text("""
                INSERT INTO incident (key, family, scenario, state, level, score, probability,
                    decision, node, camera, zone, message, n_alerts, first_at, last_at, is_over,
                    scenario_rev, model, audit_probability, created_at, closed_at)
                SELECT 'new' || n, family, scenario, state, level, 0.2, probability, decision, node,
                    camera, zone, message, n_alerts, :now, :now, is_over, scenario_rev, model, 1,
                    CAST(:now AS timestamptz) - n * interval '1 s', :now
                FROM (SELECT * FROM incident WHERE camera = 'camera-2' LIMIT 1) AS i,
                    generate_series(1, 60) AS n
            """),
            {"now": NOW},
        )
    later = NOW + timedelta(hours=2)
    [drifting] = await follow_scores(town_database, now=later)

    assert drifting.configuration.camera == "camera-2"
    marked = "SELECT camera FROM camera_scenario WHERE drifting_since IS NOT NULL"
    assert await rows(town_database, marked) == [("camera-2",)]
    evidence = "SELECT evidence >= 1 FROM drift_state WHERE camera = 'camera-2'"
    assert await scalar(town_database, evidence) is True
    assert await follow_scores(town_database, now=later) == []
