import json
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import MIGRATIONS, migrate
from pipeline.wire import AlertData
from tests.api.alerts import ALERT_NODE, NOON, alert_message, enroll, noon_plus
from tests.api.database.old_versions import MigratedTo
from tests.api.databases import rows, scalar

NEWEST = max(file.stem for file in (MIGRATIONS / "versions").glob("0*.py"))
INCIDENT, DECLINED, EXPIRED, OPEN = (UUID(int=n) for n in range(1, 5))
PHOTO = "ab" * 32


async def test_a_fresh_database_has_the_schema(database: AsyncEngine) -> None:
    assert await scalar(database, "SELECT count(*) FROM incident") == 0


async def test_migrating_twice_changes_nothing(database: AsyncEngine) -> None:
    await migrate(database)
    await migrate(database)

    assert await version_of(database) == NEWEST


async def test_values_that_no_message_may_contain_any_more_are_repaired(
    migrated_to: MigratedTo,
) -> None:
    engine = await migrated_to("0003_tidied_feed")
    await enroll(engine)
    await insert_incident(engine)
    message = msgspec.to_builtins(alert_message().data)
    clock = {"offset_ms": 1e200, "uncertainty_ms": 0, "basis": "ntp"}
    bad = {"closed_at": "9999-12-31T23:59:59-12:00", "close_reason": "cleared", "clock": clock}
    data = {**message, **bad, "measures": {"people": 9, "odd": 1e300}}
    await execute(
        engine,
        """
        INSERT INTO alert (alert_id, rev, incident, how, why, node, camera, scenario, zone, level,
            score, opened_at, observed_at, closed_at, received_at, late, data)
        VALUES (:id, 1, :id, 'h', 'w', 'n', 'c', 's', 'z', 'major', 0.8, :at, :at,
            '9999-12-31T23:59:59-12:00', :at, false, CAST(:data AS jsonb))
        """,
        id=INCIDENT,
        at=NOON,
        data=json.dumps(data),
    )
    await execute(engine, "UPDATE incident SET last_at = '10000-01-01 00:00Z'")
    await execute(engine, "UPDATE node SET skew_s = 2.5e11")
    await execute(
        engine,
        "INSERT INTO node_health VALUES (:node, :at, :at, '{\"outbox_oldest_s\": 1e300}')",
        node=str(ALERT_NODE),
        at=NOON,
    )

    await migrate(engine)

    assert await rows(engine, "SELECT closed_at FROM alert") == [(NOON,)]
    assert await rows(engine, "SELECT first_at, last_at FROM incident") == [(NOON, NOON)]
    assert await rows(engine, "SELECT skew_s FROM node") == [(None,)]
    assert await rows(engine, "SELECT 1 FROM node_health") == []
    [(stored,)] = await rows(engine, "SELECT data FROM alert")
    alert = msgspec.convert(stored, AlertData)
    assert alert.closed_at == NOON
    assert alert.measures == {"people": 9}


async def test_what_was_known_of_a_node_is_still_known(migrated_to: MigratedTo) -> None:
    engine = await migrated_to("0001_first")
    await enroll(engine)
    await execute(engine, "UPDATE node SET state = 'online', seen_at = :at", at=NOON)
    await execute(
        engine,
        "INSERT INTO camera (node, name, state, state_at) VALUES (:node, 'a', 'online', :at)",
        node=str(ALERT_NODE),
        at=NOON,
    )

    await migrate(engine)

    assert await scalar(engine, "SELECT state_at FROM node") == NOON
    assert await scalar(engine, "SELECT first_at FROM camera") == NOON
    assert await version_of(engine) == NEWEST


async def test_facts_move_from_the_audit_log_to_columns(migrated_to: MigratedTo) -> None:
    engine = await migrated_to("0003_tidied_feed")
    await insert_incident(engine)
    for returned, state, minute in ((DECLINED, "returned", 0), (EXPIRED, "returned", 9)):
        await insert_order(engine, returned, state, minute)
    await insert_order(engine, OPEN, "feedback", 18)
    audit = [
        ("system", "file", None, "{}", None),
        ("worker", "return", DECLINED, "{}", "7:phone-1"),
        ("system", "escalate", EXPIRED, "{}", None),
        ("system", "escalate", EXPIRED, "{}", None),
        ("system", "expire", EXPIRED, "{}", None),
        ("worker", "report", OPEN, '{"note": "first", "photos": [], "found": false}', None),
        (
            "worker",
            "report",
            OPEN,
            f'{{"note": "dispersed", "photos": ["{PHOTO}"], "found": true}}',
            "7:phone-2",
        ),
    ]
    for minute, (actor, action, order, detail, key) in enumerate(audit):
        await insert_audit(
            engine, minute, actor=actor, action=action, order=order, detail=detail, key=key
        )

    await migrate(engine)

    orders = "SELECT rounds, has_expired, c.name FROM work_order w"
    joined = f"{orders} LEFT JOIN account c ON c.id = w.declined_by ORDER BY dispatched_at"
    assert await rows(engine, joined) == [
        (0, False, "worker"),
        (2, True, None),
        (0, False, None),
    ]
    reports = "SELECT note, found, photos, c.name FROM field_report f"
    joined = f"{reports} JOIN account c ON c.id = f.account ORDER BY f.at"
    assert await rows(engine, joined) == [
        ("first", False, [], "worker"),
        ("dispersed", True, [PHOTO], "worker"),
    ]
    keys = "SELECT key, action, incident, work_order FROM idempotency_key ORDER BY key"
    assert await rows(engine, keys) == [
        ("7:phone-1", "return", INCIDENT, DECLINED),
        ("7:phone-2", "report", INCIDENT, OPEN),
    ]
    assert await rows(engine, "SELECT auto_filed_at, is_over FROM incident") == [(NOON, True)]
    assert await scalar(engine, "SELECT count(*) FROM audit_log") == len(audit)


async def test_open_incidents_get_a_clock_and_somebody_responsible(
    migrated_to: MigratedTo,
) -> None:
    engine = await migrated_to("0003_tidied_feed")
    await insert_incident(engine)
    await insert_order(engine, OPEN, "feedback", 18)
    others = {"new": UUID(int=11), "stored": UUID(int=12), "filed": UUID(int=13)}
    for state, incident in {**others, "closed": UUID(int=14)}.items():
        await insert_other_incident(engine, incident, state)

    await migrate(engine)

    columns = "SELECT state, responsible_kind, next_step, due_at, next_action_at FROM incident"
    day = noon_plus(24 * 3600)
    assert sorted(await rows(engine, columns)) == [
        ("closed", None, None, None, None),
        ("feedback", "desk", "verify", noon_plus(18 * 60), noon_plus(18 * 60)),
        ("filed", "desk", "dispatch", NOON, NOON),
        ("new", "desk", "review", NOON, NOON),
        ("stored", "desk", "archive", day, day),
    ]


async def test_open_alarms_get_the_new_names_of_their_rules(migrated_to: MigratedTo) -> None:
    engine = await migrated_to("0003_tidied_feed")
    await enroll(engine)
    for kind in ("silent", "unproven", "restless", "seq_gap"):
        insert = "INSERT INTO fleet_alarm (kind, node, since) VALUES (:kind, :node, :at)"
        await execute(engine, insert, kind=kind, node=str(ALERT_NODE), at=NOON)

    await migrate(engine)

    kinds = await rows(engine, "SELECT kind FROM fleet_alarm ORDER BY kind")
    assert kinds == [("drill_overdue",), ("noisy",), ("seq_gap",), ("unreachable",)]


async def test_reports_and_drills_of_cameras_keep_their_times(migrated_to: MigratedTo) -> None:
    engine = await migrated_to("0005_alarm_kinds")
    await enroll(engine)
    insert = "INSERT INTO camera (node, name, told_at, proven_at) VALUES (:node, 'a', :at, :later)"
    await execute(engine, insert, node=str(ALERT_NODE), at=NOON, later=noon_plus(60))

    await migrate(engine)

    times = await rows(engine, "SELECT reported_at, drill_passed_at FROM camera")
    assert times == [(NOON, noon_plus(60))]


async def test_a_stored_swap_replaces_the_only_colleague_it_can_mean(
    migrated_to: MigratedTo,
) -> None:
    engine = await migrated_to("0007_quarantine_codes")
    await execute(
        engine,
        "INSERT INTO area (code, level, name) VALUES ('5101', 'city', 'A'), ('5102', 'city', 'B')",
    )
    for name in ("zhao", "qian", "sun"):
        account = """
            INSERT INTO account (name, role, area_code, password_hash)
            VALUES (:name, 'worker', '5101', '')
        """
        await execute(engine, account, name=name)
    shifts = [
        ("5101", "zhao", "rule"),
        ("5101", "sun", "swap"),
        ("5102", "zhao", "rule"),
        ("5102", "qian", "rule"),
        ("5102", "sun", "swap"),
    ]
    for area, name, source in shifts:
        shift = """
            INSERT INTO shift (account, area, during, source)
            SELECT c.id, a.id, tstzrange(:start, :end), :source
            FROM account c, area a WHERE c.name = :name AND a.code = :area
        """
        period = {"start": NOON, "end": noon_plus(60)}
        await execute(engine, shift, area=area, name=name, source=source, **period)

    await migrate(engine)

    replaced = """
        SELECT a.code, c.name FROM shift s JOIN area a ON a.id = s.area
        LEFT JOIN shift r ON r.id = s.replaces LEFT JOIN account c ON c.id = r.account
        WHERE s.source = 'swap' ORDER BY a.code
    """
    assert await rows(engine, replaced) == [("5101", "zhao"), ("5102", None)]


async def test_what_has_no_display_name_is_shown_by_its_key(migrated_to: MigratedTo) -> None:
    engine = await migrated_to("0021_maintainers")
    await enroll(engine)
    await execute(
        engine,
        "INSERT INTO camera (node, name, lon, lat) VALUES (:node, 'north-gate', 104, 30)",
        node=str(ALERT_NODE),
    )

    await migrate(engine)

    shown = await scalar(engine, f"SELECT display_names('{ALERT_NODE}', 'north-gate', 'steps')")
    keys = {"node": str(ALERT_NODE), "camera": "north-gate", "zone": "steps", "address": ""}
    assert shown == keys
    nobody = await scalar(engine, "SELECT display_names('a/b/c', '', '')")
    assert nobody == {"node": "a/b/c", "camera": "", "zone": "", "address": ""}


async def test_an_area_path_goes_from_the_city_down(database: AsyncEngine) -> None:
    await execute(
        database,
        """
        INSERT INTO area (code, level, parent, name) VALUES
            ('5101', 'city', NULL, 'City'), ('510107', 'district', '5101', 'District')
        """,
    )

    assert await scalar(database, "SELECT area_path('510107')") == ["City", "District"]
    assert await scalar(database, "SELECT area_path('9999')") is None


async def insert_incident(engine: AsyncEngine) -> None:
    await execute(
        engine,
        """
        INSERT INTO area (code, level, name) VALUES ('5101', 'city', 'City');
        """,
    )
    await execute(
        engine,
        """
        INSERT INTO account (name, role, area_code, password_hash)
        VALUES ('worker', 'worker', '5101', '')
        """,
    )
    await execute(
        engine,
        """
        INSERT INTO incident (id, key, state, scenario, level, score, probability, decision, node,
            camera, zone, lead_alert, first_at, last_at, happening_over, created_at)
        VALUES (:id, 'k', 'feedback', 's', 'major', 0.8, 0.9, 'push', 'n', 'c', 'z', :id, :at,
            :at, true, :at)
        """,
        id=INCIDENT,
        at=NOON,
    )


async def insert_other_incident(engine: AsyncEngine, incident: UUID, state: str) -> None:
    await execute(
        engine,
        """
        INSERT INTO incident (id, key, state, scenario, level, score, probability, decision, node,
            camera, zone, lead_alert, first_at, last_at, created_at)
        VALUES (:id, :state, :state, 's', 'major', 0.8, 0.9, 'push', 'n', 'c', 'z', :id, :at,
            :at, :at)
        """,
        id=incident,
        state=state,
        at=NOON,
    )


async def insert_order(engine: AsyncEngine, order: UUID, state: str, minute: int) -> None:
    await execute(
        engine,
        """
        INSERT INTO work_order (id, incident, state, area_code, next_action_at, dispatched_at)
        VALUES (:id, :incident, :state, '5101', :at, :at)
        """,
        id=order,
        incident=INCIDENT,
        state=state,
        at=noon_plus(60 * minute),
    )


async def insert_audit(engine: AsyncEngine, minute: int, **entry: object) -> None:
    await execute(
        engine,
        """
        INSERT INTO audit_log (at, actor, action, incident, work_order, detail, idem_key)
        VALUES (:at, :actor, :action, :incident, :order, CAST(:detail AS jsonb), :key)
        """,
        at=noon_plus(60 * minute),
        incident=INCIDENT,
        **entry,
    )


async def execute(engine: AsyncEngine, statement: str, **params: object) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(statement), params)


async def version_of(engine: AsyncEngine) -> object:
    return await scalar(engine, "SELECT version_num FROM alembic_version")
