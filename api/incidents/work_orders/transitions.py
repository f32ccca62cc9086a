"""The order in hand: accept, start, report, give back; and the check of it by another."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.database import unit_of_work
from api.database.unit_of_work import AuditEntry
from api.errors import ConflictError, NotFoundError, UnprocessableError
from api.incidents import lifecycle, sla, timeline
from api.incidents.lifecycle import Action, IncidentState
from api.incidents.review import is_repeated_request, scoped_key
from api.incidents.work_orders import queries as work_orders_queries
from api.incidents.work_orders import store as work_orders_store
from api.incidents.work_orders.queries import OrderRecord
from api.notify import calls


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAction:
    """What somebody does to an order, of the version they have seen.

    Args:
        detail: For the audit log: a place, a note, photos.
        photos: Named in a report; each must have arrived.
        found: Whether the happening was there; only in a report.
    """

    action: Action
    version: int
    reason: str = ""
    detail: dict[str, object] = field(default_factory=dict)
    photos: tuple[str, ...] = ()
    found: bool | None = None
    idem_key: str | None = None


async def apply(
    connection: AsyncConnection,
    order: UUID,
    action: OrderAction,
    *,
    account: Account,
    now: datetime,
) -> None:
    """Take one step with an order; of two who accept, exactly one gets through.

    Done again with the same idempotency key, it changes nothing.

    Raises:
        NotFoundError: There is none, or it is not for this account.
        StepRefusedError: It has moved on meanwhile, or the loop does not allow it.
        ImpossibleError: A photo of the report has not arrived.
    """
    seen = await work_orders_queries.get_order(connection, order, account)
    if seen is None or await unit_of_work.lock_incident(connection, seen.incident) is None:
        raise NotFoundError("no_such_order")
    found = (
        await work_orders_queries.get_order(connection, order, account) or seen
    )  # again, now that it holds still
    key = scoped_key(account, action.idem_key)
    facts, version = found.actor, found.version
    if await is_repeated_request(
        connection, key, (action.action, order), at=(found.state, version)
    ):
        return
    state = found.incident_state
    if state is None or action.version != version:
        raise ConflictError("stale", found.state, version)
    after = lifecycle.apply_action(
        state, action.action, facts, reason=action.reason, version=version
    )
    await _check_photos(connection, action)
    await _note(connection, found, action, after=after, who=account, now=now, key=key)
    await _write(connection, found, action, after=after, who=account, now=now)


async def _note(
    connection: AsyncConnection,
    found: OrderRecord,
    deed: OrderAction,
    *,
    after: IncidentState,
    who: Account,
    now: datetime,
    key: str | None,
) -> None:
    entry = AuditEntry(
        at=now,
        actor=who.name,
        action=deed.action,
        incident=found.incident,
        order=found.id,
        from_state=found.state,
        to_state=after,
        reason=deed.reason,
        detail=deed.detail,
        idem_key=key,
    )
    await unit_of_work.record(connection, entry)
    if deed.found is not None:
        await unit_of_work.add_verdict(
            connection,
            found.incident,
            value="true" if deed.found else "not_found_on_site",
            stage="on_site",
            reason=deed.reason,
            actor=who.id,
            at=now,
        )


async def _write(
    connection: AsyncConnection,
    found: OrderRecord,
    deed: OrderAction,
    *,
    after: IncidentState,
    who: Account,
    now: datetime,
) -> None:
    """Move the order, its incident and the calls around it."""
    await unit_of_work.set_state(connection, found.incident, after)
    if deed.action is Action.ACCEPT:
        await calls.cancel_pending(connection, found.id)
    if after in _ENDS:
        verifier = who.id if after is IncidentState.CLOSED else None
        await work_orders_store.close(
            connection, found.id, _ENDS[after], now=now, verifier=verifier
        )
    else:
        due_at = now + sla.time_limit(after, found.level)
        await work_orders_store.advance(
            connection, found.id, after, now=now, due_at=due_at, who=who.id
        )
    area = found.incident_area
    await unit_of_work.publish(connection, "incident", found.incident, at=now, area_code=area)
    await unit_of_work.notify_listeners(connection)


async def _check_photos(connection: AsyncConnection, deed: OrderAction) -> None:
    """Hold a report to what has arrived."""
    missing = set(deed.photos) - await timeline.get_available_evidence(
        connection, list(deed.photos)
    )
    if missing:
        named = ", ".join(sorted(missing))
        raise UnprocessableError("photo_missing", f"upload first: {named}")


_ENDS = {IncidentState.FILED: "returned", IncidentState.CLOSED: "closed"}
