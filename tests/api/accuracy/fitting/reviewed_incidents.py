"""Raise alerts through ingest and judge them, for the tests of fits."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ingest.batch import Ingest
from pipeline.signal import Level
from tests.api.alerts import alert_message, noon_plus, signed_message

HOUR_S = 3600


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
