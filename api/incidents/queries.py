"""Incidents as one account sees them: what happened, where, and what stands open."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.incidents.lifecycle import ActorContext, IncidentState
from pipeline.wire import AlertData

PATH = """(
    SELECT array_agg(p.name ORDER BY length(p.code)) FROM area p
    WHERE p.code = ANY (ARRAY[left({0}, 4), left({0}, 6), left({0}, 9), left({0}, 12),
                              left({0}, 15), left({0}, 18)]))"""
"""Names from the city down to the area of a code, by the index on codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRecord:
    """An area with the names above it."""

    code: str
    name: str
    level: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSummary:
    """An incident's newest order."""

    id: UUID
    state: str
    step: int
    assignee: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRecord:
    """An incident with its leading alert, and what the asking account is to it."""

    id: UUID
    state: IncidentState
    scenario: str
    level: str
    score: float
    probability: float
    decision: str
    exercise: bool
    node: str
    camera: str
    zone: str
    area: AreaRecord | None
    lon: float | None
    lat: float | None
    n_alerts: int
    first_at: datetime
    last_at: datetime
    happening_over: bool
    review_due_at: datetime | None
    created_at: datetime
    version: int
    lead: AlertData
    snapshot: str | None
    snapshot_is_here: bool
    order: OrderSummary | None
    actor: ActorContext

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether its review or its open order is late."""
        if self.state in {IncidentState.NEW, IncidentState.STORED}:
            return self.review_due_at is not None and self.review_due_at < now
        return self.order is not None and is_overdue(self.order.state, self.order.due_at, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Which incidents to list; ``None`` asks for all."""

    state: str | None = None
    decision: str | None = None
    is_open: bool | None = None
    before: tuple[datetime, UUID] | None = None
    limit: int = 50


def is_overdue(order_state: str, due_at: datetime | None, now: datetime) -> bool:
    """Tell whether an order's clock has run out; a finished order is never late."""
    is_running = order_state not in {"closed", "returned", "cancelled", "suspended"}
    return is_running and due_at is not None and due_at < now


VISIBLE = """(
    (:is_desk AND (i.area_code IS NULL OR (i.area_code >= :area AND i.area_code < :area || ':')))
    OR EXISTS (SELECT FROM notification n WHERE n.incident = i.id AND n.account = :me))"""
"""Desks see their part of the grid, workers what they were called to."""

_SELECT = f"""
    SELECT i.*, l.data AS lead, s.sha256 AS snapshot,
        EXISTS (SELECT FROM evidence e WHERE e.sha256 = s.sha256) AS snapshot_is_here,
        r.name AS area_name, r.level AS area_level, {PATH.format("i.area_code")} AS area_path,
        w.id AS order_id, w.state AS order_state, w.step AS order_step,
        w.next_action_at AS order_due_at, w.assignee, h.name AS assignee_name,
        EXISTS (SELECT FROM notification n
                WHERE n.work_order = w.id AND n.account = :me) AS is_addressed,
        EXISTS (SELECT FROM verdict v
                WHERE v.incident = i.id AND v.stage = 'review') AS is_reviewed
    FROM incident i
    JOIN alert l ON l.alert_id = i.lead_alert
    LEFT JOIN area r ON r.code = i.area_code
    LEFT JOIN LATERAL (SELECT * FROM work_order o WHERE o.incident = i.id
                       ORDER BY o.dispatched_at DESC, o.id DESC LIMIT 1) w ON true
    LEFT JOIN account h ON h.id = w.assignee
    LEFT JOIN LATERAL (SELECT e ->> 'sha256' AS sha256
                       FROM jsonb_array_elements(l.data -> 'evidence') e
                       WHERE e ->> 'kind' = 'snapshot' LIMIT 1) s ON true
"""
_ONE = text(f"{_SELECT} WHERE i.id = :id AND {VISIBLE}")
_PAGE = text(f"""
    {_SELECT}
    WHERE {VISIBLE}
      AND (CAST(:state AS text) IS NULL OR i.state = :state)
      AND (CAST(:decision AS text) IS NULL OR i.decision = :decision)
      AND (CAST(:is_open AS boolean) IS NULL OR i.is_open = :is_open)
      AND (CAST(:before_at AS timestamptz) IS NULL
           OR (i.created_at, i.id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY i.created_at DESC, i.id DESC LIMIT :limit
""")


def visibility(account: Account) -> dict[str, object]:
    """Fill in what ``VISIBLE`` asks about the one who looks."""
    return {"me": account.id, "area": account.area_code, "is_desk": not account.is_worker}


async def get_incident(
    connection: AsyncConnection, incident: UUID, account: Account
) -> IncidentRecord | None:
    """Find one incident, or nothing where this account may not look."""
    row = (
        (await connection.execute(_ONE, {"id": incident, **visibility(account)})).mappings().first()
    )
    return to_record(row, account) if row else None


async def list_incidents(
    connection: AsyncConnection, filters: IncidentFilter, account: Account
) -> list[IncidentRecord]:
    """List the newest first."""
    before_at, before_id = filters.before or (None, None)
    asked = {
        "state": filters.state,
        "decision": filters.decision,
        "is_open": filters.is_open,
        "before_at": before_at,
        "before_id": before_id,
        "limit": filters.limit,
    }
    rows = (await connection.execute(_PAGE, {**asked, **visibility(account)})).mappings()
    return [to_record(row, account) for row in rows]


def to_record(row: RowMapping, me: Account) -> IncidentRecord:
    """Read one row of the incident query."""
    plain = {name: row[name] for name in _PLAIN}
    facts = ActorContext(
        is_desk=me.is_desk_of(row["area_code"]),
        is_addressed=row["is_addressed"],
        is_handler=row["assignee"] == me.id,
        is_reviewed=row["is_reviewed"],
    )
    return IncidentRecord(
        **plain,
        state=IncidentState(row["state"]),
        area=area_of(row),
        lead=msgspec.convert(row["lead"], AlertData),
        order=_order(row),
        actor=facts,
    )


def area_of(row: RowMapping) -> AreaRecord | None:
    """Read an area out of ``area_*`` columns; one that was never imported has no name."""
    if row["area_name"] is None:
        return None
    return AreaRecord(
        code=row["area_code"],
        name=row["area_name"],
        level=row["area_level"],
        path=tuple(row["area_path"] or ()),
    )


_PLAIN = frozenset(IncidentRecord.__slots__) - {"state", "area", "lead", "order", "actor"}


def _order(row: RowMapping) -> OrderSummary | None:
    if row["order_id"] is None:
        return None
    return OrderSummary(
        id=row["order_id"],
        state=row["order_state"],
        step=row["order_step"],
        assignee=row["assignee_name"],
        due_at=row["order_due_at"],
    )
