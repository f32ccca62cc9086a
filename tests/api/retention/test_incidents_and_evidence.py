"""What has ended long ago is deleted with all that belongs to it; what is held or open stays."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.evidence.blobs import EvidenceStore
from api.retention.cleaner import RetentionCleaner
from api.retention.terms import RowKind
from tests.api.alerts import NOON, alert_id_of
from tests.api.databases import rows, scalar
from tests.api.evidence.test_routes import node_upload
from tests.api.incidents.steps import page_of
from tests.api.retention.steps import finish_incident, place_hold, view_snapshot
from tests.api.town import SNAPSHOT, Centre, sha256

TERM = timedelta(days=30)
LATER = timedelta(days=40)
OWNED = (
    "incident",
    "alert",
    "inbox",
    "work_order",
    "notification",
    "verdict",
    "field_report",
    "deleted_evidence",
)


def cleaner_of(centre: Centre, *kinds: RowKind) -> RetentionCleaner:
    evidence: EvidenceStore = centre.app.state.evidence
    keep = dict.fromkeys(kinds or RowKind, TERM)
    return RetentionCleaner(centre.engine, evidence, keep=keep, now=centre.clock)


async def counts(engine: AsyncEngine) -> dict[str, int]:
    return {table: len(await rows(engine, f"TABLE {table}")) for table in OWNED}


async def test_an_ended_incident_goes_with_everything_that_belongs_to_it(centre: Centre) -> None:
    await centre.anonymous_client().put(**node_upload(SNAPSHOT))
    await finish_incident(centre)
    before = await counts(centre.engine)
    assert all(before[table] for table in OWNED if table != "deleted_evidence"), before
    cleaner = cleaner_of(centre)

    await cleaner.clean()
    assert await counts(centre.engine) == before, "its term is not over"
    centre.clock.advance(days=LATER.days)
    deleted = await cleaner.clean()
    await cleaner.delete_bytes()

    assert deleted[RowKind.INCIDENTS] == 1
    n_evidence = deleted[RowKind.EVIDENCE]
    assert n_evidence == 2, "the snapshot and the photo of the report"
    after = await counts(centre.engine)
    assert after == {**dict.fromkeys(OWNED, 0), "deleted_evidence": n_evidence}
    with pytest.raises(FileNotFoundError):
        await centre.app.state.evidence.get(sha256(SNAPSHOT))
    assert await cleaner.clean() == dict.fromkeys(RowKind, 0)


async def test_open_incidents_keep_their_evidence_and_messages(centre: Centre) -> None:
    await centre.anonymous_client().put(**node_upload(SNAPSHOT))
    await centre.raise_alert()
    before = await counts(centre.engine)
    centre.clock.advance(days=400)

    await cleaner_of(centre).clean()

    assert await counts(centre.engine) == before
    assert await view_snapshot(centre) == 200


async def test_deleted_evidence_does_not_come_back(centre: Centre) -> None:
    page = centre.anonymous_client()
    await page.put(**node_upload(SNAPSHOT))
    await finish_incident(centre)
    centre.clock.advance(days=LATER.days)
    cleaner = cleaner_of(centre, RowKind.EVIDENCE)
    await cleaner.clean()

    again = await page.put(**node_upload(SNAPSHOT))
    await cleaner.delete_bytes()

    assert again.status_code == 200, "the node stops sending it"
    assert await view_snapshot(centre) == 404
    with pytest.raises(FileNotFoundError):
        await centre.app.state.evidence.get(sha256(SNAPSHOT))


async def test_a_crash_before_the_bytes_are_deleted_leaves_them_for_the_next_run(
    centre: Centre,
) -> None:
    await centre.anonymous_client().put(**node_upload(SNAPSHOT))
    await finish_incident(centre)
    centre.clock.advance(days=LATER.days)
    await cleaner_of(centre, RowKind.EVIDENCE).clean()

    restarted = cleaner_of(centre)
    assert await restarted.delete_bytes() == 2
    assert await restarted.delete_bytes() == 0


@pytest.mark.parametrize("names", ["incident", "camera", "area"])
async def test_what_a_hold_names_stays_until_it_is_released(centre: Centre, names: str) -> None:
    await centre.anonymous_client().put(**node_upload(SNAPSHOT))
    incident = await finish_incident(centre)
    before = await counts(centre.engine)
    placed = await place_hold(centre, await target_of(centre, incident, names))
    assert placed.status_code == 201, placed.text
    centre.clock.advance(days=LATER.days)

    await cleaner_of(centre).clean()
    assert await counts(centre.engine) == before
    assert await view_snapshot(centre) == 200

    page, path = await page_of(centre, "chief"), f"/v1/legal-holds/{placed.json()['id']}"
    released = await page.post(f"{path}/release", json={"reason": "case closed"})
    assert released.status_code == 200, released.text
    await cleaner_of(centre).clean()
    assert await scalar(centre.engine, "SELECT count(*) FROM incident") == 0


async def target_of(centre: Centre, incident: UUID, names: str) -> dict[str, object]:
    if names == "incident":
        return {"incident": str(incident)}
    time = {
        "since": (NOON - timedelta(days=1)).isoformat(),
        "until": (NOON + timedelta(days=1)).isoformat(),
    }
    query = "SELECT node, camera, area_code FROM incident"
    [(node, camera, area)] = await rows(centre.engine, query)
    return time | ({"node": node, "camera": camera} if names == "camera" else {"area_code": area})


async def test_a_recurrence_outlives_the_incident_that_it_refers_to(centre: Centre) -> None:
    first = await finish_incident(centre)
    centre.clock.advance(days=LATER.days)
    second = await centre.raise_alert("b", at=centre.clock())
    link = text("UPDATE incident SET recurrence_of = :first WHERE id = :second")
    async with centre.engine.begin() as connection:
        await connection.execute(link, {"first": first, "second": second})

    await cleaner_of(centre, RowKind.INCIDENTS).clean()

    query = "SELECT id, recurrence_of FROM incident"
    assert await rows(centre.engine, query) == [(second, None)]


async def test_messages_are_deleted_by_their_time(centre: Centre) -> None:
    await finish_incident(centre)
    centre.clock.advance(days=LATER.days)
    await centre.raise_alert("b", at=centre.clock())

    await cleaner_of(centre, RowKind.MESSAGES).clean()

    assert await rows(centre.engine, "SELECT DISTINCT alert_id FROM inbox") == [(alert_id_of("b"),)]


async def test_every_reference_to_an_incident_or_order_has_an_index(database: AsyncEngine) -> None:
    """Without one, each deleted row reads a whole table."""
    query = """
        SELECT conrelid::regclass::text, a.attname FROM pg_constraint k
        JOIN pg_attribute a ON (a.attrelid, a.attnum) = (conrelid, conkey[1])
        WHERE contype = 'f'
          AND confrelid IN ('incident'::regclass, 'work_order'::regclass, 'verdict'::regclass)
          AND NOT EXISTS (SELECT FROM pg_index i
                          WHERE (i.indrelid, i.indkey[0]) = (conrelid, conkey[1]))
    """
    assert await rows(database, query) == []
