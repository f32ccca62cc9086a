"""Who may view evidence; every view is recorded in the audit log."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import NotFoundError
from api.evidence import store as evidence_store
from api.evidence.store import EvidenceRecord
from api.fleet.control import command_store
from api.fleet.control.permissions import allowed_actions
from api.fleet.store import get_node_areas
from pipeline.wire import CommandKind, Node


async def authorize_view(
    connection: AsyncConnection, sha256: str, account: Account, *, now: datetime
) -> EvidenceRecord:
    """Return the evidence if the account may view it, and record the view.

    An account may view the evidence of incidents visible to it, its own uploads, and snapshots
    taken on command by nodes that it may request a snapshot from.

    Raises:
        NotFoundError: It is not stored, or the account may not view it.
    """
    record = await evidence_store.get_evidence(connection, sha256)
    if record is None:
        raise NotFoundError("no_such_evidence")
    incidents = await evidence_store.list_visible_incidents(connection, sha256, account)
    if not incidents and not await _may_view_without_incident(connection, record, account):
        raise NotFoundError("no_such_evidence")
    entry = AuditEntry(
        at=now,
        actor=account.name,
        action="look",
        incident=incidents[0] if incidents else None,
        detail={"sha256": sha256},
    )
    await audit_store.record(connection, entry)
    return record


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
