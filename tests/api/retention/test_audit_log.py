"""Expired entries of the audit log are deleted in whole blocks, and verification knows why."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.audit.chain import BLOCK_ENTRIES, FindingKind
from api.audit.verify import Verification
from api.retention.cleaner import RetentionCleaner
from api.retention.terms import RowKind
from tests.api.alerts import NOON
from tests.api.audit.test_chain import chain_all, log_entries, tamper, verify
from tests.api.databases import scalar
from tests.api.retention.steps import finish_incident, place_hold
from tests.api.town import Centre

YEAR = timedelta(days=365)


def cleaner_of(engine: AsyncEngine, *, days_later: int) -> RetentionCleaner:
    later = NOON + timedelta(days=days_later)
    return RetentionCleaner(engine, keep={RowKind.AUDIT: YEAR}, now=lambda: later)


async def test_expired_blocks_go_and_the_rest_is_still_verified(database: AsyncEngine) -> None:
    await log_entries(database, 2 * BLOCK_ENTRIES + 5)
    await chain_all(database)

    assert await cleaner_of(database, days_later=364).clean() == {RowKind.AUDIT: 0}
    assert await cleaner_of(database, days_later=366).clean() == {
        RowKind.AUDIT: 2 * BLOCK_ENTRIES + 5
    }
    await chain_all(database)

    assert await scalar(database, "SELECT count(*) FROM audit_log") == 1
    assert await verify(database) == Verification(
        entries=2 * BLOCK_ENTRIES + 6,
        deleted=2 * BLOCK_ENTRIES + 5,
        blocks=4,
        anchors=0,
        findings=(),
    )


async def test_entries_that_somebody_else_deleted_are_found(database: AsyncEngine) -> None:
    await log_entries(database, 10)
    await chain_all(database)
    await tamper(database, "DELETE FROM audit_log WHERE seq = 4")

    findings = (await verify(database)).findings
    await cleaner_of(database, days_later=30).clean()

    assert [(finding.kind, finding.number) for finding in findings] == [
        (FindingKind.ENTRY_DELETED, 4)
    ]
    assert (await verify(database)).findings == findings


async def test_a_block_that_was_emptied_is_not_taken_for_expired(database: AsyncEngine) -> None:
    await log_entries(database, 10)
    await chain_all(database)
    await tamper(database, "DELETE FROM audit_log")

    await cleaner_of(database, days_later=400).clean()
    await chain_all(database)

    kinds = {finding.kind for finding in (await verify(database)).findings}
    assert kinds == {FindingKind.ENTRY_DELETED}


async def test_entries_about_a_held_incident_stay(centre: Centre) -> None:
    incident = await finish_incident(centre)
    assert (await place_hold(centre, {"incident": str(incident)})).status_code == 201
    await chain_all(centre.engine)
    about_it = "SELECT count(*) FROM audit_log WHERE incident IS NOT NULL"
    before = await scalar(centre.engine, about_it)

    await cleaner_of(centre.engine, days_later=400).clean()
    await chain_all(centre.engine)

    assert await scalar(centre.engine, about_it) == before
    assert (await verify(centre.engine)).findings == ()


async def test_nobody_else_deletes_an_entry(database: AsyncEngine) -> None:
    await log_entries(database, 1)

    async with database.connect() as connection:
        with pytest.raises(DBAPIError, match="audit_log only grows"):
            await connection.execute(text("DELETE FROM audit_log"))
