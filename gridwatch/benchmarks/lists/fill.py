"""Fill an empty database with a city and its incidents, indexes last.

Triggers and foreign keys are off meanwhile, which makes it several times faster; the counters are
recounted at the end.
"""

from collections.abc import Callable
from datetime import datetime

import asyncpg
import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accounts.passwords import hash_password
from api.reports.counter_store import correct_counters
from gridwatch.benchmarks.central.alert_generator import NODES, AlertGenerator
from gridwatch.benchmarks.lists.city import CITY_STATEMENTS, FUNCTIONS
from gridwatch.benchmarks.lists.year import CREATE_DRAWN, DRAW, YEAR_STATEMENTS
from gridwatch.demo.town import PASSWORD
from pipeline.wire import decode_alert

BATCH = 50_000
"""Incidents of one transaction."""

_INDEXES = """
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
    WHERE t.relname = ANY ('{incident,alert,evidence,inbox,work_order,notification,audit_log,
                             verdict,event_log}')
      AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


async def count_incidents(engine: AsyncEngine) -> int:
    """Return the number of stored incidents."""
    async with engine.connect() as connection:
        n: int = (await connection.execute(text("SELECT count(*) FROM incident"))).scalar_one()
    return n


async def fill_database(
    engine: AsyncEngine, incidents: int, *, now: datetime, report: Callable[[str], None]
) -> None:
    """Insert a city and ``incidents`` incidents up to now."""
    async with engine.connect() as pooled:
        driver = (await pooled.get_raw_connection()).driver_connection
        if not isinstance(driver, asyncpg.Connection):
            raise TypeError(f"asyncpg expected, {type(driver).__name__} found")
        for name, value in (
            ("session_replication_role", "replica"),
            ("synchronous_commit", "off"),
            ("maintenance_work_mem", "1GB"),
        ):
            await driver.execute(f"SET {name} = '{value}'")
        await _fill(driver, incidents, now=now, report=report)
        await pooled.invalidate()
    async with engine.begin() as connection:
        await correct_counters(connection, now=now)


async def _fill(
    driver: "asyncpg.Connection[asyncpg.Record]",
    incidents: int,
    *,
    now: datetime,
    report: Callable[[str], None],
) -> None:
    for statement in (*FUNCTIONS, CREATE_DRAWN):
        await driver.execute(statement)
    for statement in CITY_STATEMENTS:
        await _execute(driver, statement, now=now)
    indexes = await driver.fetch(_INDEXES)
    for index in indexes:
        await driver.execute(f"DROP INDEX {index['name']}")
    for first in range(1, incidents + 1, BATCH):
        last = min(first + BATCH - 1, incidents)
        async with driver.transaction():
            await driver.execute(DRAW, now, first, incidents, last, timeout=None)
            for statement in YEAR_STATEMENTS:
                await _execute(driver, statement, now=now)
        report(f"{last:,} incidents")
    for index in indexes:
        await driver.execute(index["definition"], timeout=None)
    await driver.execute("VACUUM ANALYZE", timeout=None)
    report(f"{len(indexes)} indexes")


async def _execute(
    driver: "asyncpg.Connection[asyncpg.Record]", statement: str, *, now: datetime
) -> None:
    """Run a statement; its one parameter, if it has any, is known by its type."""
    arguments: list[object] = []
    if "$1::jsonb" in statement:
        arguments = [_alert_data(now)]
    elif "password_hash" in statement:
        arguments = [hash_password(PASSWORD)]
    elif "$1" in statement:
        arguments = [now]
    await driver.execute(statement, *arguments, timeout=None)


def _alert_data(now: datetime) -> str:
    """Return the alert that every incident shows, as it is stored."""
    _, payload = AlertGenerator(now).next_alert(NODES[0], boot_id="bench", seq=1)
    return msgspec.json.encode(decode_alert(payload).data).decode()
