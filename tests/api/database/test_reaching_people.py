"""A database of the version before keeps its channels and what waits to be sent."""

from sqlalchemy import text

from api.database.engine import migrate
from tests.api.alerts import NOON
from tests.api.database.old_versions import MigratedTo
from tests.api.databases import rows


async def test_webhooks_and_waiting_notifications_are_kept(migrated_to: MigratedTo) -> None:
    engine = await migrated_to("0029_field_records")
    async with engine.begin() as connection:
        await connection.execute(
            text("""
                WITH area AS (
                    INSERT INTO area (code, name, level) VALUES ('5101', 'City', 'city')
                ), account AS (
                    INSERT INTO account (name, role, area_code, password_hash)
                    VALUES ('worker', 'worker', '5101', '') RETURNING id
                ), channel AS (
                    INSERT INTO channel SELECT id, 'webhook', 'http://gateway/' FROM account
                ), incident AS (
                    INSERT INTO incident (key, state, scenario, level, score, probability, decision,
                        node, camera, zone, message, first_at, last_at, created_at, family,
                        responsible_kind, next_step, due_at, next_action_at)
                    VALUES ('k', 'filed', 'fall', 'major', 1, 1, 'push', 'n', 'c', 'z',
                        '{"zh": "", "en": ""}', :at, :at, :at, 'person_down', 'desk', 'dispatch',
                        :at, :at) RETURNING id
                )
                INSERT INTO notification (key, incident, account, channel, address, due_at,
                    created_at)
                SELECT concat_ws(':', 'dispatch', 1, 2, account.id, 'webhook'), incident.id,
                    account.id, 'webhook', 'http://gateway/', :at, :at
                FROM account, incident
            """),
            {"at": NOON},
        )

    await migrate(engine)

    assert await rows(engine, "SELECT kind, is_enabled, tested_at FROM channel") == [
        ("webhook", True, None)
    ]
    assert await rows(engine, "SELECT event, state, robot FROM notification") == [
        ("dispatch:1:2", "pending", None)
    ]
