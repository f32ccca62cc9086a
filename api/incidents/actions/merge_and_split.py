"""Merge two incidents by hand, and split one off again."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import ConflictError, NotFoundError
from api.incidents import queries as incidents_queries
from api.incidents import store as incidents_store
from api.incidents.actions.orders import Accounts, list_involved, recall_batch
from api.incidents.actions.request import ActionRequest, PermittedAction, permit
from api.incidents.correlation import context_store
from api.incidents.correlation.context_store import Suggestion
from api.incidents.merging import store as merging_store
from api.incidents.merging.merge import merge_incidents
from api.incidents.merging.plan import BOTH_TAKEN
from api.incidents.merging.split import split_incident
from api.incidents.queries import IncidentRecord
from api.live import store as live_store
from api.notify import store as notify_store


async def merge(
    connection: AsyncConnection, incident: UUID, into: UUID, request: ActionRequest
) -> None:
    """Merge an incident into another one; if a person works on it alone, the other way round.

    The order of the incident that becomes a part is cancelled, and whoever knows of it is notified.

    Raises:
        NotFoundError: One of them does not exist, or the account may not see it.
        ConflictError: The incident has changed since it was read, one of them is not open, or
            persons have taken both (``both_taken``): see ``link``.
    """
    await merging_store.lock_sides(connection, (incident, into))
    detail: dict[str, object] = {"with": str(into)}
    permitted = await permit(connection, incident, replace(request, detail=detail))
    if permitted is None:
        return
    other = await _get_other(connection, into, request)
    involved = [await _involved(connection, record) for record in (permitted.record, other)]
    root = await merge_incidents(
        connection,
        incident,
        into,
        reason={"reason": "by_hand"},
        now=request.at,
        account=request.account,
        comment=request.reason,
    )
    await _remember(connection, permitted)
    cancelled, kept = involved if root == into else reversed(involved)
    batch = recall_batch(permitted, cancelled, kept=kept)
    if batch is not None:
        batches = [replace(batch, incident=root)]
        await notify_store.insert_notifications(connection, batches, now=request.at)


async def link(
    connection: AsyncConnection, incident: UUID, other: UUID, request: ActionRequest
) -> None:
    """Show two incidents as one matter that stay apart, as persons work on both.

    The caller has tried to merge them, which checks whether the account may decide about both.
    """
    reason: dict[str, object] = {"reason": BOTH_TAKEN}
    suggestion = Suggestion(incident=incident, other=other, reason=reason)
    await context_store.insert_suggestions(connection, [suggestion], now=request.at)
    entries = [
        AuditEntry(
            at=request.at,
            actor=request.account.name,
            action="link",
            incident=linked,
            reason=request.reason,
            detail={"with": str(to), **reason},
        )
        for linked, to in ((incident, other), (other, incident))
    ]
    await audit_store.record(connection, *entries)
    await live_store.publish_incidents(connection, [incident, other], at=request.at)


async def split(connection: AsyncConnection, incident: UUID, request: ActionRequest) -> None:
    """Take an incident out of the one that it was merged into: it is open again, with its alerts.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or it is not merged.
    """
    root = await merging_store.get_root(connection, incident)
    await merging_store.lock_sides(connection, [incident, *([root] if root else [])])
    permitted = await permit(connection, incident, request)
    if permitted is None:
        return
    await split_incident(
        connection,
        incident,
        now=request.at,
        account=request.account,
        comment=request.reason,
    )
    await _remember(connection, permitted)


async def _get_other(
    connection: AsyncConnection, incident: UUID, request: ActionRequest
) -> IncidentRecord:
    """Return the other incident, about which the account has to decide as well."""
    record = await incidents_queries.get_incident(connection, incident, request.account)
    if record is None:
        raise NotFoundError("no_such_incident")
    if not record.actor.is_desk:
        raise ConflictError("not_yours", record.state, record.version)
    return record


async def _involved(connection: AsyncConnection, record: IncidentRecord) -> Accounts:
    order = record.order
    return await list_involved(connection, order) if order and order.is_open else ()


async def _remember(connection: AsyncConnection, permitted: PermittedAction) -> None:
    """Store the request under the incident that it named, whichever of the two became a part."""
    request = permitted.request
    if request.key is not None:
        named = (request.action, permitted.record.id, None)
        await incidents_store.add_request(connection, request.key, named, at=request.at)
