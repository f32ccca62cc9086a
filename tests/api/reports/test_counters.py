"""Counters of rows: exact whatever happens to the rows, the changes and the processes."""

import asyncio
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.reports import counter_store
from api.reports.counters import CHECK_INTERVAL, Counters
from tests.api.alerts import NOON
from tests.api.databases import scalar
from tests.api.incidents.steps import act, handling, report
from tests.api.town import EAST, GRID, NOWHERE, WEST, Centre

AREAS = ("", "5101", "510107", "510108", GRID, EAST, WEST)


async def counted(engine: AsyncEngine, area: str) -> dict[str, int]:
    """Return the numbers of an area by kind, without zeros."""
    async with engine.connect() as connection:
        numbers = await counter_store.read_counters(connection, area=area)
    return {kind: n for kind, n in numbers.items() if n}


async def stored(engine: AsyncEngine, area: str) -> dict[str, int]:
    """Count the rows of an area themselves."""
    statement = text("""
        SELECT 'incident.' || state, count(*) FROM incident
        WHERE area_code IS NULL OR starts_with(area_code, :area) GROUP BY state
        UNION ALL SELECT 'alert', count(*) FROM alert
        UNION ALL SELECT 'message', count(*) FROM inbox
        UNION ALL SELECT 'work_order', count(*) FROM work_order
        UNION ALL SELECT 'quarantined', CAST(coalesce(sum(times), 0) AS bigint) FROM quarantine
    """)
    async with engine.connect() as connection:
        numbers = [tuple(row) for row in await connection.execute(statement, {"area": area})]
    return {kind: n for kind, n in numbers if n}


async def assert_exact(engine: AsyncEngine) -> None:
    for area in AREAS:
        assert await counted(engine, area) == await stored(engine, area), area


async def test_counters_follow_incidents_through_their_life_folded_or_not(centre: Centre) -> None:
    counters = Counters(centre.engine, now=centre.clock)
    incident, order = await handling(centre)
    await centre.raise_alert("b", camera="b", location=NOWHERE, score=0.4)
    await assert_exact(centre.engine)
    await counters.fold()
    await assert_exact(centre.engine)
    await report(centre, order)
    rejected = await centre.raise_alert("c", camera="c", score=0.4)
    await act(centre, rejected, "reject", reason="a shadow")
    await assert_exact(centre.engine)
    await counters.fold()
    await assert_exact(centre.engine)
    async with centre.engine.begin() as connection:
        await connection.execute(
            text("UPDATE incident SET area_code = :west WHERE id = :id"),
            {"west": WEST, "id": incident},
        )
    await assert_exact(centre.engine)


async def test_counters_follow_rows_that_are_deleted(database: AsyncEngine) -> None:
    counters = Counters(database, now=lambda: NOON)
    await insert_incidents(database, 5)
    await insert_quarantined(database)
    await counters.fold()
    async with database.begin() as connection:
        await connection.execute(text("DELETE FROM incident WHERE zone < '3'"))
        await connection.execute(text("DELETE FROM quarantine WHERE topic = '1'"))

    await assert_exact(database)
    assert await counted(database, "") == {"incident.filed": 3, "quarantined": 5}


async def test_what_is_rolled_back_is_not_counted(database: AsyncEngine) -> None:
    async with database.connect() as connection:
        await connection.execute(INSERT, {"first": 1, "n": 3})
        await connection.rollback()

    assert await counted(database, "") == {}


async def test_writers_wait_neither_for_each_other_nor_for_the_fold(database: AsyncEngine) -> None:
    counters = Counters(database, now=lambda: NOON)
    async with database.connect() as first, database.connect() as second:
        await first.execute(INSERT, {"first": 1, "n": 3})
        await second.execute(INSERT, {"first": 4, "n": 3})
        async with asyncio.timeout(10):
            await counters.fold()
        await second.commit()
        await counters.fold()
        assert await counted(database, "") == {"incident.filed": 3}
        await first.commit()

    assert await counted(database, "") == {"incident.filed": 6}


async def test_counters_stay_exact_while_many_write_and_fold(database: AsyncEngine) -> None:
    counters = Counters(database, now=lambda: NOON)
    writers = [insert_incidents(database, 3, first=10 * n) for n in range(10)]
    await asyncio.gather(*writers, *(counters.fold() for _ in range(5)))

    await assert_exact(database)
    assert await counted(database, "") == {"incident.filed": 30}


async def test_a_fold_that_is_interrupted_changes_nothing(database: AsyncEngine) -> None:
    await insert_incidents(database, 3)
    async with database.connect() as connection:
        assert await counter_store.lock_counters(connection)
        await counter_store.fold_changes(connection)
        await connection.rollback()

    assert await counted(database, "") == {"incident.filed": 3}


async def test_one_process_at_a_time_folds(database: AsyncEngine) -> None:
    await insert_incidents(database, 3)
    async with database.begin() as connection:
        assert await counter_store.lock_counters(connection)
        await Counters(database, now=lambda: NOON).fold()

    assert await scalar(database, "SELECT sum(n) FROM counter_change") == 3


async def test_the_daily_check_corrects_counters_that_are_wrong(database: AsyncEngine) -> None:
    now = NOON
    counters = Counters(database, now=lambda: now)
    await insert_incidents(database, 3)
    await counters.check_if_due()
    await counters.fold()
    await insert_incidents(database, 2, first=10)
    async with database.begin() as connection:
        await connection.execute(text("UPDATE counter SET n = n + 7 WHERE area <> '5101'"))
    now += timedelta(hours=1)
    await counters.check_if_due()
    assert await counted(database, "") == {"incident.filed": 12}
    now += CHECK_INTERVAL
    await counters.check_if_due()

    await assert_exact(database)


async def test_rows_from_before_are_counted_by_the_first_check(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(INSERT, {"first": 1, "n": 4})
    assert await counted(database, "") == {}
    await Counters(database, now=lambda: NOON).check_if_due()

    await assert_exact(database)
    assert await counted(database, "") == {"incident.filed": 4}


INSERT = text("""
    INSERT INTO incident (key, state, scenario, level, score, probability, decision, node, camera,
        zone, area_code, message, first_at, last_at, created_at, due_at, next_step, next_action_at,
        responsible_kind)
    SELECT 'k' || n, 'filed', 's', 'minor', 1, 1, 'push', 'd/s/n', 'c', n,
        CASE WHEN n % 2 = 0 THEN '510107001' END, '{"zh": "", "en": ""}', now(), now(), now(),
        now(), 'dispatch', now(), 'desk'
    FROM generate_series(CAST(:first AS int), CAST(:first + :n - 1 AS int)) n
""")


async def insert_incidents(database: AsyncEngine, n: int, *, first: int = 1) -> None:
    async with database.begin() as connection:
        await connection.execute(INSERT, {"first": first, "n": n})


async def insert_quarantined(database: AsyncEngine) -> None:
    """Insert two messages, one of which arrived five times."""
    insert = text("""
        INSERT INTO quarantine (received_at, topic, payload, hash, reason, times)
        VALUES (now(), '1', '', '1', '', 3), (now(), '2', '', '2', '', 4)
    """)
    async with database.begin() as connection:
        await connection.execute(insert)
        await connection.execute(text("UPDATE quarantine SET times = times + 1 WHERE topic = '2'"))
