"""Create the indexes of large tables beside their use: nobody waits for it.

A migration runs in one transaction, in which PostgreSQL can create an index only while nobody
writes to the table. These are created concurrently instead, after the migration.
"""

import asyncio
from collections.abc import Mapping

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

INDEX_LOCK = 7_469_723
"""Any number, the same in every version."""
RETRY_S = 0.5

INDEXES: Mapping[str, str] = {
    # The queue of an area.
    "incident_queue": "incident (area_code) WHERE is_open",
    # One state, newest first. An incident changes most often while it is open, and then in the
    # first of them alone.
    "incident_open_state": "incident (state, created_at DESC, id DESC) WHERE is_open",
    "incident_ended_state": "incident (state, created_at DESC, id DESC) WHERE NOT is_open",
    "incident_camera": "incident (node, camera, created_at DESC, id DESC)",
    "incident_scenario": "incident (scenario, created_at DESC, id DESC)",
    # What a suppression has withheld.
    "incident_suppression": "incident (suppression) WHERE suppression IS NOT NULL",
    # What an account was notified of, newest incident first.
    "notification_of_account": "notification (account, incident DESC) INCLUDE (kind)",
    # Orders, newest first, and those that nobody has accepted.
    "work_order_unassigned": "work_order (id) WHERE is_open AND assignee IS NULL",
    "work_order_newest": "work_order (dispatched_at DESC, id DESC)",
    # What people did, and how often each looked at evidence.
    "audit_log_people": "audit_log (at, seq) WHERE actor <> 'system'",
    "audit_log_actor": "audit_log (actor, at, seq) WHERE actor <> 'system'",
    "audit_log_looks": "audit_log (at, actor) INCLUDE (incident) WHERE action = 'look'",
    # What retention deletes first, and what refers to a deleted incident or order.
    "evidence_stored": "evidence (stored_at)",
    # How much an uploader has stored in a day.
    "evidence_of_node": "evidence (node, stored_at) INCLUDE (bytes) WHERE node IS NOT NULL",
    "evidence_of_account": "evidence (account, stored_at) INCLUDE (bytes) "
    "WHERE account IS NOT NULL",
    "incident_recurrence": "incident (recurrence_of) WHERE recurrence_of IS NOT NULL",
    "field_report_incident": "field_report (incident)",
    "field_record_order": "field_record (work_order)",
    "suppression_incident": "suppression (incident) WHERE incident IS NOT NULL",
    "audit_task_verdict": "audit_task (verdict) WHERE verdict IS NOT NULL",
}

_EXISTING = """
    SELECT c.relname AS name, i.indisvalid AS is_valid
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relname = ANY ($1) AND c.relnamespace = 'public'::regnamespace
"""

log = structlog.get_logger(__name__)


async def create_indexes(engine: AsyncEngine) -> None:
    """Create what is missing of ``INDEXES``; several processes may do so at once.

    An index whose creation was interrupted is created again.
    """
    async with engine.connect() as pooled:
        driver = (await pooled.get_raw_connection()).driver_connection
        if not isinstance(driver, asyncpg.Connection):
            raise TypeError(f"asyncpg expected, {type(driver).__name__} found")
        # Tried again and again: an index waits for every open statement, so also for one that
        # would wait for the lock.
        while not await driver.fetchval("SELECT pg_try_advisory_lock($1)", INDEX_LOCK):  # noqa: ASYNC110
            await asyncio.sleep(RETRY_S)
        try:
            await _create_missing(driver)
        finally:
            await driver.execute("SELECT pg_advisory_unlock($1)", INDEX_LOCK)


async def _create_missing(driver: "asyncpg.Connection[asyncpg.Record]") -> None:
    existing = await driver.fetch(_EXISTING, list(INDEXES))
    is_valid = {row["name"]: row["is_valid"] for row in existing}
    for name, definition in INDEXES.items():
        if is_valid.get(name):
            continue
        if name in is_valid:
            await driver.execute(f"DROP INDEX CONCURRENTLY {name}", timeout=None)
        statement = f"CREATE INDEX CONCURRENTLY {name} ON {definition}"
        await driver.execute(statement, timeout=None)
        log.info("index_created", index=name)
