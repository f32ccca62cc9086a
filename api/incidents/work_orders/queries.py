"""Read work orders as one account may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account, Role
from api.areas.hierarchy import AreaRecord
from api.areas.store import to_area
from api.incidents.actors import ActorContext
from api.incidents.lifecycle import IncidentState, OrderState
from api.incidents.queries import IS_ASKED, IS_HELPER, IS_REVIEWED, VISIBLE, to_actor, visibility
from api.incidents.work_orders.photos import StoredPhoto
from api.incidents.work_orders.store import FieldReport
from api.incidents.work_orders.verifiers import DeskAccount
from pipeline.signal import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """A work order.

    Args:
        handler: Id of the account of ``assignee``.
        is_firing: A camera still sees the matter.
        rework_reason: Why the work was not accepted; empty if it was.
        incident_area: Area code of the incident; ``None`` if it has none.
        withdrawn_by: The account that took it back from its workers, and why.
        reassigned_by: The account that took an earlier order of the incident back, and why.
        report: The newest field report.
        actor: What the account that asks is to this order.
    """

    id: UUID
    incident: UUID
    state: OrderState
    step: int
    returns: int
    area: AreaRecord | None
    assignee: str | None
    handler: int | None
    dispatched_at: datetime
    accepted_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    version: int
    level: Level
    scenario: str
    is_firing: bool
    rework_reason: str
    area_code: str
    incident_area: str | None
    withdrawn_by: str | None
    withdrawn_reason: str
    reassigned_by: str | None
    reassigned_reason: str
    report: FieldReport
    actor: ActorContext

    @property
    def incident_state(self) -> IncidentState | None:
        """The state of the incident that goes with the order's; ``None`` once it was withdrawn."""
        is_withdrawn = self.state in {OrderState.RETURNED, OrderState.CANCELLED}
        return None if is_withdrawn else IncidentState(self.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders to list.

    Args:
        mine: Only those the account has accepted or was added to, or was notified of while nobody
            has accepted them.
        is_open: ``None`` means any.
        before: Dispatch time and id of the last order of the previous page.
    """

    mine: bool = False
    is_open: bool | None = None
    before: tuple[datetime, UUID] | None = None
    limit: int = 50


_SELECT = f"""
    SELECT w.*, w.assignee AS handler, r.name AS area_name, r.level AS area_level,
        area_path(w.area_code) AS area_path, h.name AS assignee_name,
        b.name AS withdrawn_by_name, p.name AS reassigned_by,
        coalesce(p.withdrawn_reason, '') AS reassigned_reason,
        i.area_code AS incident_area, i.level, i.scenario, t.id AS report_id, t.note, t.photos,
        t.found,
        NOT i.is_over AND i.lead_alert IS NOT NULL AS is_firing,
        EXISTS (SELECT FROM notification n
                WHERE n.work_order = w.id AND n.account = :account_id) AS is_addressed,
        {IS_HELPER} AS is_helper, {IS_REVIEWED} AS is_reviewed, {IS_ASKED} AS is_asked
    FROM work_order w
    JOIN incident i ON i.id = w.incident
    LEFT JOIN area r ON r.code = w.area_code
    LEFT JOIN account h ON h.id = w.assignee
    LEFT JOIN account b ON b.id = w.withdrawn_by
    LEFT JOIN LATERAL (SELECT c.name, e.withdrawn_reason
                       FROM work_order e JOIN account c ON c.id = e.withdrawn_by
                       WHERE e.incident = w.incident AND e.withdrawn_by IS NOT NULL
                         AND e.dispatched_at <= w.dispatched_at AND e.id <> w.id
                       ORDER BY e.dispatched_at DESC LIMIT 1) p ON true
    LEFT JOIN LATERAL (SELECT f.id, f.note, f.photos, f.found FROM field_report f
                       WHERE f.work_order = w.id ORDER BY f.at DESC, f.id DESC LIMIT 1) t ON true
"""
_BY_ID = text(f"{_SELECT} WHERE w.id = :id AND {VISIBLE}")
_OF_INCIDENT = text(f"{_SELECT} WHERE w.incident = :id ORDER BY w.dispatched_at, w.id")
_LIST = text(f"""
    {_SELECT}
    WHERE {VISIBLE}
      AND (NOT :mine OR w.assignee = :account_id OR {IS_HELPER}
           OR (w.assignee IS NULL AND EXISTS (
            SELECT FROM notification n WHERE n.work_order = w.id AND n.account = :account_id)))
      AND (CAST(:is_open AS boolean) IS NULL OR w.is_open = :is_open)
      AND (CAST(:before_at AS timestamptz) IS NULL
           OR (w.dispatched_at, w.id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY w.dispatched_at DESC, w.id DESC LIMIT :limit
""")
# The page of a phone: few orders among very many, so each way to them follows an index.
_LIST_MINE_OPEN = text(f"""
    {_SELECT}
    WHERE {VISIBLE} AND w.is_open AND w.id IN (
        SELECT id FROM work_order WHERE is_open AND assignee = :account_id
        UNION SELECT work_order FROM order_helper WHERE account = :account_id
        UNION SELECT o.id FROM work_order o JOIN notification n ON n.work_order = o.id
            WHERE o.is_open AND o.assignee IS NULL AND n.account = :account_id)
      AND (CAST(:before_at AS timestamptz) IS NULL
           OR (w.dispatched_at, w.id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY w.dispatched_at DESC, w.id DESC LIMIT :limit
""")

_HELD = text("""
    SELECT incident FROM work_order
    WHERE is_open AND assignee = :account AND state IN ('accepted', 'handling') ORDER BY id
""")
_PHOTOS = text("""
    SELECT e.sha256, e.account, e.stored_at, EXISTS (
        SELECT FROM field_report f
        WHERE f.photos @> ARRAY[e.sha256] AND f.work_order <> :order) AS is_used
    FROM evidence e WHERE e.sha256 = ANY (CAST(:sha256s AS text[]))
""")
_DESKS = text("""
    SELECT id, role, area_code FROM account
    WHERE active AND role IN ('operator', 'supervisor', 'admin')
      AND (CAST(:area AS text) IS NULL OR starts_with(:area, area_code))
    ORDER BY id
""")


async def get_order(
    connection: AsyncConnection, order: UUID, account: Account
) -> OrderRecord | None:
    """Return an order, or ``None`` if the account may not see it."""
    params = {"id": order, **visibility(account)}
    row = (await connection.execute(_BY_ID, params)).mappings().first()
    return _record(row, account) if row else None


async def list_orders_of_incident(
    connection: AsyncConnection, incident: UUID, account: Account
) -> list[OrderRecord]:
    """List all orders of an incident, oldest first."""
    params = {"id": incident, "account_id": account.id}
    rows = (await connection.execute(_OF_INCIDENT, params)).mappings()
    return [_record(row, account) for row in rows]


async def list_incidents_held_by(connection: AsyncConnection, account: int) -> list[UUID]:
    """List the incidents of the open orders that an account has accepted and not reported on."""
    return list((await connection.execute(_HELD, {"account": account})).scalars())


async def list_orders(
    connection: AsyncConnection, filters: OrderFilter, account: Account
) -> list[OrderRecord]:
    """List orders that the account may see, newest first."""
    before_at, before_id = filters.before or (None, None)
    page = {"before_at": before_at, "before_id": before_id, "limit": filters.limit}
    params = {**page, **visibility(account)}
    if filters.mine and filters.is_open:
        rows = (await connection.execute(_LIST_MINE_OPEN, params)).mappings()
    else:
        params |= {"mine": filters.mine, "is_open": filters.is_open}
        rows = (await connection.execute(_LIST, params)).mappings()
    return [_record(row, account) for row in rows]


async def find_photos(
    connection: AsyncConnection, sha256s: Sequence[str], *, order: UUID
) -> dict[str, StoredPhoto]:
    """Return the stored photos, by SHA-256; those that are not stored are left out.

    Args:
        order: The order that they are to be reported for.
    """
    rows = await connection.execute(_PHOTOS, {"sha256s": list(sha256s), "order": order})
    return {
        row.sha256: StoredPhoto(
            account=row.account, stored_at=row.stored_at, is_used_elsewhere=row.is_used
        )
        for row in rows
    }


async def list_desks(connection: AsyncConnection, area: str | None) -> list[DeskAccount]:
    """List the active accounts that decide about the incidents of an area."""
    rows = await connection.execute(_DESKS, {"area": area})
    return [DeskAccount(id=row.id, role=Role(row.role), area_code=row.area_code) for row in rows]


_COPIED = frozenset(OrderRecord.__slots__) - {
    "state",
    "level",
    "area",
    "assignee",
    "withdrawn_by",
    "report",
    "actor",
}


def _record(row: RowMapping, account: Account) -> OrderRecord:
    return OrderRecord(
        **{name: row[name] for name in _COPIED},
        state=OrderState(row["state"]),
        level=Level(row["level"]),
        area=to_area(row),
        assignee=row["assignee_name"],
        withdrawn_by=row["withdrawn_by_name"],
        report=_report(row),
        actor=to_actor(row, account, row["incident_area"]),
    )


def _report(row: RowMapping) -> FieldReport:
    if row["report_id"] is None:
        return FieldReport()
    return FieldReport(note=row["note"], photos=tuple(row["photos"]), found=row["found"])
