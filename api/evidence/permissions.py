"""Who may view evidence; every view is recorded in the audit log."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import NotFoundError
from api.evidence import store as evidence_store
from api.evidence.store import EvidenceRecord, VisibleIncident
from api.fleet.control import command_store
from api.fleet.control.permissions import allowed_actions
from api.fleet.store import get_node_areas
from pipeline.wire import CommandKind, Node


class Purpose(StrEnum):
    """Why evidence is viewed; stands in the register of views."""

    HANDLING = "handling"
    VERIFICATION = "verification"
    AUDIT = "audit"
    INVESTIGATION = "investigation"
    COMPLAINT = "complaint"
    TRAINING = "training"
    LATER_REVIEW = "later_review"
    """The incident has ended, and no other purpose was stated."""
    REQUESTED = "requested"
    """A snapshot that was asked of a camera, or an upload of the account itself."""


async def authorize_view(
    connection: AsyncConnection,
    sha256: str,
    account: Account,
    *,
    now: datetime,
    purpose: Purpose | None = None,
) -> EvidenceRecord:
    """Return the evidence if the account may view it, and record the view.

    Args:
        purpose: As stated; ``None`` stands for what follows from the state of the incident.

    An account may view the evidence of incidents visible to it, its own uploads, and snapshots
    taken on command by nodes that it may request a snapshot from.

    Raises:
        NotFoundError: It is not stored, or the account may not view it.
    """
    record = await evidence_store.get_evidence(connection, sha256)
    if record is None:
        raise NotFoundError("no_such_evidence")
    incidents = await evidence_store.list_visible_incidents(connection, sha256, account)
    purpose = purpose or _purpose_of(incidents)
    if not incidents and not await _may_view_without_incident(connection, record, account):
        raise NotFoundError("no_such_evidence")
    entry = AuditEntry(
        at=now,
        actor=account.name,
        action="look",
        incident=incidents[0].id if incidents else None,
        reason=purpose,
        detail={"sha256": sha256},
    )
    await audit_store.record(connection, entry)
    return record


def _purpose_of(incidents: Sequence[VisibleIncident]) -> Purpose:
    if not incidents:
        return Purpose.REQUESTED
    is_open = any(incident.is_open for incident in incidents)
    return Purpose.HANDLING if is_open else Purpose.LATER_REVIEW


async def _may_view_without_incident(
    connection: AsyncConnection, record: EvidenceRecord, account: Account
) -> bool:
    if record.node is None:
        return record.account == account.id
    node = await command_store.find_snapshot_node(connection, record.sha256)
    if node is None:
        return False
    areas = await get_node_areas(connection, Node.parse(node))
    return CommandKind.SNAPSHOT in allowed_actions(account, areas or [])
