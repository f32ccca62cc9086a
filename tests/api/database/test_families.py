from sqlalchemy import text

from api.database.engine import migrate
from tests.api.alerts import noon_plus
from tests.api.database.old_versions import MigratedTo
from tests.api.databases import rows, scalar


async def test_open_incidents_get_keys_of_families_and_the_oldest_keeps_a_shared_one(
    migrated_to: MigratedTo,
) -> None:
    engine = await migrated_to("0016_shift_requests")
    insert = text("""
        INSERT INTO incident (key, state, scenario, level, score, probability, decision, node,
            camera, zone, message, first_at, last_at, created_at, responsible_kind, next_step,
            due_at, next_action_at)
        VALUES (:key, :state, :scenario, 'major', 1, 1, 'push', 'n', 'c', 'z',
            '{"zh": "", "en": ""}', :at, :at, :at, 'desk', 'review', :at, :at)
    """)
    rows_before = [
        ("v1|crowd_gathering|n/c|z", "filed", "crowd_gathering"),
        ("v1|crowd_density|n/c|z", "new", "crowd_density"),
        ("v1|queue_too_long|n/c|z", "handling", "queue_too_long"),
        ("v1|my_rule|n/c|z", "new", "my_rule"),
        ("v1|fall|n/c|z", "rejected", "fall"),
    ]
    async with engine.begin() as connection:
        for n, (key, state, scenario) in enumerate(rows_before):
            values = {"key": key, "state": state, "scenario": scenario, "at": noon_plus(n)}
            await connection.execute(insert, values)

    await migrate(engine)

    stored = await rows(
        engine, "SELECT key, family, state, takes_alerts FROM incident ORDER BY created_at"
    )
    assert stored == [
        ("v2|crowd|n/c|z", "crowd", "filed", True),
        ("v2|crowd|n/c|z", "crowd", "merged", True),
        ("v2|crowd|n/c|z", "crowd", "handling", False),
        ("v2|my_rule|n/c|z", "my_rule", "new", True),
        ("v1|fall|n/c|z", "person_down", "rejected", True),
    ]
    linked = await rows(
        engine,
        "SELECT i.state FROM incident i JOIN incident o ON o.id IN (i.root, i.recurrence_of)"
        " WHERE o.state = 'filed' ORDER BY i.created_at",
    )
    assert linked == [("merged",), ("handling",)]
    assert await scalar(engine, "SELECT closed_at FROM incident WHERE state = 'rejected'")
