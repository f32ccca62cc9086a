"""Keep what a worker recorded on the phone and the centre could not apply to the order.

Without a network a phone cannot know that its order was withdrawn or reported by somebody else.
The worker's words and photos then go to the desk with the incident, instead of being lost.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.errors import NotFoundError, UnprocessableError
from api.incidents import store as incidents_store
from api.incidents.actions.request import is_repeated_request
from api.incidents.lifecycle import Action
from api.incidents.unit_of_work import IncidentChange, record_change
from api.incidents.work_orders import queries as work_orders_queries
from api.incidents.work_orders import store as work_orders_store
from api.incidents.work_orders.store import FieldRecord


async def add_field_record(
    connection: AsyncConnection,
    order: UUID,
    record: FieldRecord,
    *,
    account: Account,
    idem_key: str | None,
    now: datetime,
) -> None:
    """Add a record to the incident of an order, whatever the state of both; nothing else changes.

    A repetition with the same idempotency key changes nothing. The clock of the phone may be wrong:
    nothing was recorded before the dispatch or after now.

    Raises:
        NotFoundError: There is no such order, or the account may not see it.
        UnprocessableError: A photo is not stored, or somebody else has uploaded it.
    """
    subject = await work_orders_queries.get_order(connection, order, account)
    if subject is None or await incidents_store.lock_incident(connection, subject.incident) is None:
        raise NotFoundError("no_such_order")
    key = account.scoped_key(idem_key)
    current = (subject.state, subject.version)
    request = (Action.FIELD_RECORD, order)
    if await is_repeated_request(connection, key, request, current=current):
        return
    stored = await work_orders_queries.find_photos(connection, record.photos, order=order)
    for photo in record.photos:
        if photo not in stored or stored[photo].account != account.id:
            raise UnprocessableError("photo_missing", f"upload first: {photo}")
    recorded_at = min(max(record.recorded_at, subject.dispatched_at), now)
    record = replace(record, recorded_at=recorded_at)
    await work_orders_store.add_field_record(connection, order, record, account=account.id, now=now)
    change = IncidentChange(
        incident=subject.incident,
        action=Action.FIELD_RECORD,
        at=now,
        account=account,
        from_state=subject.state,
        area_code=subject.incident_area,
        order=order,
        reason=record.note,
        detail={"action": record.action, "refused_as": record.refused_as},
        idempotency_key=key,
    )
    await record_change(connection, change)
