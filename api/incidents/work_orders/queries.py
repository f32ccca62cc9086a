"""Orders: one row a call-out; the newest one of an incident may be open."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.incidents.lifecycle import ActorContext, IncidentState
from api.incidents.queries import PATH, VISIBLE, AreaRecord, area_of, visibility


class FieldReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the handler said of the place."""

    note: str = ""
    photos: tuple[str, ...] = ()
    found: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """An order, and what the asking account is to it."""

    id: UUID
    incident: UUID
    state: str
    step: int
    returns: int
    area: AreaRecord | None
    assignee: str | None
    dispatched_at: datetime
    accepted_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    version: int
    level: str
    area_code: str
    incident_area: str | None
    report: FieldReport
    actor: ActorContext

    @property
    def incident_state(self) -> IncidentState | None:
        """Where the loop stands by this order; ``None`` once it was taken back."""
        return None if self.state in {"returned", "cancelled"} else IncidentState(self.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders to list."""

    mine: bool = False
    is_open: bool | None = None
    before: tuple[datetime, UUID] | None = None
    limit: int = 50


_SELECT = f"""
    SELECT w.*, w.next_action_at AS due_at, r.name AS area_name, r.level AS area_level,
        {PATH.format("w.area_code")} AS area_path, h.name AS assignee_name,
        i.area_code AS incident_area, i.level, t.detail AS report,
        EXISTS (SELECT FROM notification n
                WHERE n.work_order = w.id AND n.account = :me) AS is_addressed,
        EXISTS (SELECT FROM verdict v
                WHERE v.incident = i.id AND v.stage = 'review') AS is_reviewed
    FROM work_order w
    JOIN incident i ON i.id = w.incident
    LEFT JOIN area r ON r.code = w.area_code
    LEFT JOIN account h ON h.id = w.assignee
    LEFT JOIN LATERAL (SELECT a.detail FROM audit_log a
                       WHERE a.incident = i.id AND a.work_order = w.id AND a.action = 'report'
                       ORDER BY a.seq DESC LIMIT 1) t ON true
"""
_ONE = text(f"{_SELECT} WHERE w.id = :id AND {VISIBLE}")
_OF_INCIDENT = text(f"{_SELECT} WHERE w.incident = :id ORDER BY w.dispatched_at, w.id")
_PAGE = text(f"""
    {_SELECT}
    WHERE {VISIBLE}
      AND (NOT :mine OR w.assignee = :me OR (w.assignee IS NULL AND EXISTS (
            SELECT FROM notification n WHERE n.work_order = w.id AND n.account = :me)))
      AND (CAST(:is_open AS boolean) IS NULL OR w.is_open = :is_open)
      AND (CAST(:before_at AS timestamptz) IS NULL
           OR (w.dispatched_at, w.id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY w.dispatched_at DESC, w.id DESC LIMIT :limit
""")


async def get_order(connection: AsyncConnection, order: UUID, me: Account) -> OrderRecord | None:
    """Find one order, or nothing where this account may not look."""
    row = (await connection.execute(_ONE, {"id": order, **visibility(me)})).mappings().first()
    return _record(row, me) if row else None


async def list_orders_of_incident(
    connection: AsyncConnection, incident: UUID, me: Account
) -> list[OrderRecord]:
    """List all orders of an incident, the first one first."""
    rows = (await connection.execute(_OF_INCIDENT, {"id": incident, "me": me.id})).mappings()
    return [_record(row, me) for row in rows]


async def list_orders(
    connection: AsyncConnection, wanted: OrderFilter, me: Account
) -> list[OrderRecord]:
    """List the newest first; ``mine`` are those I hold, or am called to while nobody does."""
    before_at, before_id = wanted.before or (None, None)
    asked = {
        "mine": wanted.mine,
        "is_open": wanted.is_open,
        "before_at": before_at,
        "before_id": before_id,
        "limit": wanted.limit,
    }
    rows = (await connection.execute(_PAGE, {**asked, **visibility(me)})).mappings()
    return [_record(row, me) for row in rows]


_PLAIN = frozenset(OrderRecord.__slots__) - {"area", "assignee", "report", "actor"}


def _record(row: RowMapping, me: Account) -> OrderRecord:
    plain = {name: row[name] for name in _PLAIN}
    said = FieldReport()
    if row["report"] is not None:
        said = msgspec.convert(row["report"], FieldReport)
    facts = ActorContext(
        is_desk=me.is_desk_of(row["incident_area"]),
        is_addressed=row["is_addressed"],
        is_handler=row["assignee"] == me.id,
        is_reviewed=row["is_reviewed"],
    )
    return OrderRecord(
        **plain, area=area_of(row), assignee=row["assignee_name"], report=said, actor=facts
    )
