"""The order in hand: accept, start, report, give back; and the check of it by another."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.database import unit_of_work
from api.database.unit_of_work import Entry
from api.incidents import lifecycle, sla, timeline
from api.incidents.lifecycle import Action, State
from api.incidents.review import is_repeated, personal
from api.incidents.work_orders import queries as work_orders_queries
from api.incidents.work_orders import store as work_orders_store
from api.incidents.work_orders.queries import OrderRecord
from api.notify import calls
from api.refusals import ImpossibleError, NotFoundError, StepRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
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


async def do(
    connection: AsyncConnection, order: UUID, deed: Deed, *, who: Account, now: datetime
) -> None:
    """Take one step with an order; of two who accept, exactly one gets through.

    Done again with the same idempotency key, it changes nothing.

    Raises:
        NotFoundError: There is none, or it is not for this account.
        StepRefusedError: It has moved on meanwhile, or the loop does not allow it.
        ImpossibleError: A photo of the report has not arrived.
    """
    seen = await work_orders_queries.one(connection, order, who)
    if seen is None or await unit_of_work.lock(connection, seen.incident) is None:
        raise NotFoundError("no_such_order")
    found = (
        await work_orders_queries.one(connection, order, who) or seen
    )  # again, now that it holds still
    key = personal(who, deed.idem_key)
    facts, version = found.facts, found.version
    if await is_repeated(connection, key, (deed.action, order), at=(found.state, version)):
        return
    state = found.loop_state
    if state is None or deed.version != version:
        raise StepRefusedError("stale", found.state, version)
    after = lifecycle.step(state, deed.action, facts, reason=deed.reason, version=version)
    await _check_photos(connection, deed)
    await _note(connection, found, deed, after=after, who=who, now=now, key=key)
    await _write(connection, found, deed, after=after, who=who, now=now)


async def _note(
    connection: AsyncConnection,
    found: OrderRecord,
    deed: Deed,
    *,
    after: State,
    who: Account,
    now: datetime,
    key: str | None,
) -> None:
    entry = Entry(
        at=now,
        actor=who.name,
        action=deed.action,
        incident=found.incident,
        order=found.id,
        before=found.state,
        after=after,
        reason=deed.reason,
        detail=deed.detail,
        idem_key=key,
    )
    await unit_of_work.note(connection, entry)
    if deed.found is not None:
        await unit_of_work.judge(
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
    deed: Deed,
    *,
    after: State,
    who: Account,
    now: datetime,
) -> None:
    """Move the order, its incident and the calls around it."""
    await unit_of_work.set_state(connection, found.incident, after)
    if deed.action is Action.ACCEPT:
        await calls.cancel(connection, found.id)
    if after in _ENDS:
        verifier = who.id if after is State.CLOSED else None
        await work_orders_store.end(connection, found.id, _ENDS[after], now=now, verifier=verifier)
    else:
        due_at = now + sla.limit(after, found.level)
        await work_orders_store.go_on(
            connection, found.id, after, now=now, due_at=due_at, who=who.id
        )
    area = found.incident_area
    await unit_of_work.tell(connection, "incident", found.incident, at=now, area_code=area)
    await unit_of_work.wake(connection)


async def _check_photos(connection: AsyncConnection, deed: Deed) -> None:
    """Hold a report to what has arrived."""
    missing = set(deed.photos) - await timeline.arrived(connection, list(deed.photos))
    if missing:
        named = ", ".join(sorted(missing))
        raise ImpossibleError("photo_missing", f"upload first: {named}")


_ENDS = {State.FILED: "returned", State.CLOSED: "closed"}
