"""A database of the version before keeps its verdicts; its centre goes on writing them."""

from sqlalchemy import text

from api.database.engine import migrate
from tests.api.alerts import NOON
from tests.api.database.old_versions import MigratedTo
from tests.api.databases import rows

INSERT_INCIDENT = text("""
    WITH area AS (
        INSERT INTO area (code, name, level) VALUES ('5101', 'City', 'city')
    ), account AS (
        INSERT INTO account (name, role, area_code, password_hash)
        VALUES ('desk', 'operator', '5101', '')
    )
    INSERT INTO incident (key, state, scenario, level, score, probability, decision, node, camera,
        zone, message, first_at, last_at, created_at, family, responsible_kind, next_step, due_at,
        next_action_at)
    VALUES ('k', 'filed', 'fall', 'major', 1, 1, 'push', 'n', 'c', 'z', '{"zh": "", "en": ""}',
        :at, :at, :at, 'person_down', 'desk', 'dispatch', :at, :at)
""")
INSERT_VERDICTS = text("""
    INSERT INTO verdict (incident, value, stage, reason, actor, at)
    SELECT i.id, 'true', stage, '', c.id, :at
    FROM incident i, account c, unnest(ARRAY['review', 'on_site', 'verify', 'audit']) AS stage
""")


async def test_verdicts_of_the_version_before_have_a_source(migrated_to: MigratedTo) -> None:
    engine = await migrated_to("0031_counters")
    async with engine.begin() as connection:
        await connection.execute(INSERT_INCIDENT, {"at": NOON})
        await connection.execute(INSERT_VERDICTS, {"at": NOON})

    await migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(INSERT_VERDICTS, {"at": NOON})

    assert await rows(engine, "SELECT source, count(*) FROM verdict GROUP BY 1 ORDER BY 1") == [
        ("audit", 2),
        ("desk", 4),
        ("on_site", 2),
    ]
    drawn = "SELECT audit_probability, model, scenario_rev FROM incident"
    assert await rows(engine, drawn) == [(None, None, None)]
