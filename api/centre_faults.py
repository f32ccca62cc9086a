"""Collect what is wrong with the centre itself, for which a person is called."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit.access_store import count_waiting_findings
from api.audit.check_store import get_check
from api.backup.schedule import BackupSchedule
from api.equipment.centre_faults import CentreFault, CentreFaultKind
from api.evidence.blobs import EvidenceStore
from api.retention.erasure_store import count_overdue_requests
from api.retention.hold_store import count_due_holds


async def find_centre_faults(
    connection: AsyncConnection,
    now: datetime,
    *,
    backups: BackupSchedule | None,
    evidence: EvidenceStore,
) -> list[CentreFault]:
    """Return what is wrong with the centre itself, for which a person is called."""
    check = await get_check(connection)
    changed_since = check.found_at if check else None
    n_holds, holds_since = await count_due_holds(connection, now=now)
    n_access, access_since = await count_waiting_findings(connection)
    n_erasures, erasures_since = await count_overdue_requests(connection, now=now)
    found = [
        (CentreFaultKind.BACKUP_OVERDUE, backups.overdue_since if backups else None, 1),
        (CentreFaultKind.AUDIT_LOG_CHANGED, changed_since, check.n_findings if check else 0),
        (CentreFaultKind.DISK_FULL, None if evidence.has_room() else now, 1),
        (CentreFaultKind.HOLD_REVIEW_DUE, holds_since, n_holds),
        (CentreFaultKind.ERASURE_OVERDUE, erasures_since, n_erasures),
        (CentreFaultKind.ACCESS_NOT_REVIEWED, access_since, n_access),
    ]
    return [CentreFault(kind, since, n) for kind, since, n in found if since is not None]
