"""What is wrong with the centre itself calls the desk, and ends when it is right again."""

import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path

from api.audit.check_store import get_check
from api.audit.checker import AuditChecker
from api.backup.create import BackupTarget
from api.backup.encryption import generate_key
from api.backup.schedule import BackupSchedule
from api.centre_faults import find_centre_faults
from api.equipment.centre_faults import CENTRE_CALLS, CentreFault, CentreFaultKind, centre_incidents
from api.equipment.decisions import Outcome
from api.equipment.monitor import EquipmentMonitor
from api.evidence.blobs import EvidenceStore
from tests.api.alerts import NOON
from tests.api.audit.test_chain import chain_all, tamper
from tests.api.databases import rows
from tests.api.evidence.test_routes import node_upload
from tests.api.incidents.steps import page_of
from tests.api.retention.steps import place_hold
from tests.api.town import SNAPSHOT, Centre

INCIDENTS = """
    SELECT scenario, state, level, area_code FROM incident
    WHERE class = 'equipment' AND scenario <> 'nobody_on_duty'
"""


async def outcomes_of(monitor: EquipmentMonitor) -> list[Outcome]:
    """Compare once; return what followed for the centre itself."""
    outcomes = await monitor.evaluate()
    return [outcome for key, outcome in outcomes.items() if key.endswith("|centre")]


def monitor_of(
    centre: Centre,
    backups: BackupSchedule | None = None,
    evidence: EvidenceStore | None = None,
) -> EquipmentMonitor:
    find = partial(
        find_centre_faults, backups=backups, evidence=evidence or centre.app.state.evidence
    )
    return EquipmentMonitor(centre.engine, now=centre.clock, find_centre_faults=find)


def test_every_kind_has_words_and_waits_as_long_as_it_says() -> None:
    assert set(CENTRE_CALLS) == set(CentreFaultKind)
    fault = CentreFault(CentreFaultKind.BACKUP_OVERDUE, NOON)
    assert centre_incidents([fault], now=NOON + timedelta(minutes=59)) == []
    [incident] = centre_incidents([fault], now=NOON + timedelta(minutes=60))
    assert (incident.code, incident.area_code) == ("backup_overdue", None)


async def test_a_backup_that_fails_calls_the_desk_until_one_succeeds(
    centre: Centre, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.write_text("a file where the folder should be")
    target = BackupTarget(folder=folder, recipient=generate_key()[0], keep=2)
    backups = BackupSchedule(
        centre.engine,
        centre.app.state.evidence,
        target,
        every=timedelta(hours=24),
        now=centre.clock,
    )
    monitor = monitor_of(centre, backups)

    for minutes in (0, 30, 31):
        centre.clock.advance(minutes=minutes)
        assert not await backups.back_up_if_due()
        await monitor.evaluate()
    await centre.clock_engine.process_due()

    assert await rows(centre.engine, INCIDENTS) == [("backup_overdue", "new", "major", None)]
    items = (await (await page_of(centre, "desk")).get("/v1/incidents")).json()["items"]
    assert "backup_overdue" in [item["title"]["en"] for item in items]

    folder.unlink()
    centre.clock.advance(minutes=20)
    assert await backups.back_up_if_due()
    assert await outcomes_of(monitor) == [Outcome.END]
    shutil.rmtree(folder)


async def test_a_changed_audit_log_calls_the_desk_at_once(centre: Centre) -> None:
    await centre.raise_alert()
    await chain_all(centre.engine)
    checker = AuditChecker(centre.engine, anchors=None, now=centre.clock)
    monitor = monitor_of(centre)
    assert (await checker.check()).findings == ()
    assert await checker.check_if_due() is None
    await tamper(centre.engine, "UPDATE audit_log SET actor = 'nobody'")

    centre.clock.advance(hours=24)
    await checker.check_if_due()
    await monitor.evaluate()

    assert await rows(centre.engine, INCIDENTS) == [("audit_log_changed", "new", "critical", None)]
    async with centre.engine.connect() as connection:
        found = await get_check(connection)
    assert found is not None
    assert (found.n_findings, found.found_at) == (found.entries, centre.clock())


async def test_a_hold_is_reviewed_in_time(centre: Centre) -> None:
    incident = await centre.raise_alert()
    placed = await place_hold(centre, {"incident": str(incident)})
    monitor = monitor_of(centre)
    assert await outcomes_of(monitor) == []

    centre.clock.advance(days=61)
    assert await outcomes_of(monitor) == [Outcome.OPEN]
    page, path = await page_of(centre, "chief"), f"/v1/legal-holds/{placed.json()['id']}"
    later = (centre.clock() + timedelta(days=90)).isoformat()
    assert (await page.post(f"{path}/extend", json={"review_at": later})).status_code == 200

    assert await outcomes_of(monitor) == [Outcome.END]


async def test_a_full_disk_refuses_evidence_takes_alerts_and_calls_the_desk(
    centre: Centre, tmp_path: Path
) -> None:
    full = EvidenceStore.in_folder(tmp_path / "full", keep_free=2**62)
    with_room, centre.app.state.evidence = centre.app.state.evidence, full
    monitor = monitor_of(centre, evidence=full)

    await centre.raise_alert()
    refused = await centre.anonymous_client().put(**node_upload(SNAPSHOT))
    assert (refused.status_code, refused.json()["code"]) == (507, "storage_full")
    assert await outcomes_of(monitor) == [Outcome.OPEN]

    centre.app.state.evidence = with_room
    assert (await centre.anonymous_client().put(**node_upload(SNAPSHOT))).status_code == 201
    assert await outcomes_of(monitor_of(centre)) == [Outcome.END]
