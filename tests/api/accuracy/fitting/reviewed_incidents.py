"""Raise alerts through ingest and judge them, for the tests of fits."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ingest.batch import Ingest
from pipeline.signal import Level
from tests.api.alerts import alert_message, noon_plus, signed_message

HOUR_S = 3600
# Four cameras; nine of ten incidents with a high score are true, one of ten with a low one.
FILL = """
    WITH made AS (
        INSERT INTO incident (key, family, scenario, state, level, score, probability, decision,
            node, camera, zone, message, n_alerts, first_at, last_at, is_over, scenario_rev, model,
            audit_probability, created_at, closed_at)
        SELECT 'k' || n, 'crowd', 'crowd_gathering', 'archived', 'major',
            CASE WHEN n % 2 = 0 THEN 0.9 ELSE 0.3 END, 0.5, 'review', 'demo/market/box-1',
            'camera-' || n / 20 % 4, 'z', '{}', 1, at, at, true, 1, '', 1, at, at
        FROM generate_series(1, 4000) AS n,
            LATERAL (SELECT CAST(:now AS timestamptz) - n * interval '20 min' AS at) AS t
        RETURNING id, key, created_at
    ), given AS (
        INSERT INTO verdict (incident, value, stage, actor, at, is_blind)
        SELECT id, CASE WHEN substr(key, 2)::int % 20 IN (0, 1) = (substr(key, 2)::int % 2 = 1)
            THEN 'true' ELSE 'false' END, 'audit', (SELECT id FROM account WHERE name = 'desk'),
            created_at, true FROM made
        RETURNING id, incident, at
    )
    INSERT INTO audit_task (incident, round, inclusion_probability, position, created_at, verdict)
    SELECT incident, 1, 1, 0.5, at, id FROM given
"""
SOURCES = """
    INSERT INTO camera_scenario (node, camera, scenario, scenario_rev, model, first_at)
    SELECT DISTINCT node, camera, scenario, scenario_rev, model, timestamptz '2026-01-01Z'
    FROM incident
"""


async def raise_alerts(
    ingest: Ingest,
    names: Iterable[str],
    *,
    hours: float = 0,
    scenario: str = "crowd_gathering",
    level: Level = Level.MAJOR,
    score: float = 0.9,
) -> None:
    """Store alerts of one camera, each in a zone of its own, so that each is an incident."""
    at = noon_plus(HOUR_S * hours)
    batch = [
        signed_message(
            alert_message(
                name,
                zone=f"zone-{name}",
                at=at,
                score=score,
                seq=n,
                scenario=scenario,
                level=level,
            )
        )
        for n, name in enumerate(names, start=1)
    ]
    await ingest.store_batch(batch, now=at)


async def judge_all(engine: AsyncEngine, value: str = "true") -> None:
    """Let the desk judge every incident that nobody has judged."""
    insert = text("""
        INSERT INTO verdict (incident, value, stage, actor, at)
        SELECT i.id, :value, 'review', (SELECT id FROM account WHERE name = 'desk'), i.created_at
        FROM incident i WHERE NOT EXISTS (SELECT FROM verdict v WHERE v.incident = i.id)
    """)
    async with engine.begin() as connection:
        await connection.execute(insert, {"value": value})


async def fill(engine: AsyncEngine, *, now: datetime) -> None:
    """Store 4,000 audited incidents, one every 20 minutes until ``now``."""
    async with engine.begin() as connection:
        await connection.execute(text(FILL), {"now": now})
        await connection.execute(text(SOURCES))
