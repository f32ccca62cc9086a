"""What the actions of operators read and write beside the state of an incident."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.incidents.lifecycle import IncidentState
from pipeline.signal import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account that can be given an order."""

    id: int
    name: str
    area_code: str


_SET_REVIEW = text("""
    UPDATE incident SET reviewed_at = :at, reviewed_by = :by, reviewed_from = :from_state
    WHERE id = :id
""")
_SET_PROPOSAL = text("""
    UPDATE incident SET cancel_proposed_at = :at, cancel_proposed_by = :by, cancel_reason = :reason
    WHERE id = :id
""")
_SET_LEVEL = text("UPDATE incident SET level = :level WHERE id = :id")
_SET_RECURRENCE = text("""
    UPDATE incident SET recurrence_of = :earlier WHERE id = :id AND recurrence_of IS NULL
""")
_KEY = text("SELECT key FROM incident WHERE id = :id")
_PERSON = text("SELECT id, name, area_code FROM account WHERE name = :name AND active")
# Outside all areas, the desks of the widest areas decide.
_DESK = text("""
    SELECT id FROM account
    WHERE active AND role IN ('operator', 'supervisor') AND CASE
        WHEN CAST(:area AS text) IS NULL THEN length(area_code) = (
            SELECT min(length(area_code)) FROM account
            WHERE active AND role IN ('operator', 'supervisor'))
        ELSE starts_with(:area, area_code) END
    ORDER BY id
""")
_REACHED = text("""
    SELECT DISTINCT account FROM notification
    WHERE work_order = :order AND state IN ('sent', 'delivered') AND account IS NOT NULL
    ORDER BY account
""")
_NOTIFIED = text("""
    SELECT DISTINCT account FROM notification
    WHERE work_order = :order AND kind = 'dispatch' AND account IS NOT NULL ORDER BY account
""")


async def list_desk(connection: AsyncConnection, area_code: str | None) -> list[int]:
    """List the operators and supervisors who decide about an area."""
    return list((await connection.execute(_DESK, {"area": area_code})).scalars())


async def set_review(
    connection: AsyncConnection,
    incident: UUID,
    *,
    from_state: IncidentState | None,
    by: int | None,
    at: datetime | None,
) -> None:
    """Store the newest review, so that it can be undone; ``None`` forgets it."""
    row = {"id": incident, "from_state": from_state, "by": by, "at": at}
    await connection.execute(_SET_REVIEW, row)


async def set_proposal(
    connection: AsyncConnection,
    incident: UUID,
    *,
    by: int | None,
    at: datetime | None,
    reason: str = "",
) -> None:
    """Store a proposal to cancel; ``None`` forgets it."""
    row = {"id": incident, "by": by, "at": at, "reason": reason}
    await connection.execute(_SET_PROPOSAL, row)


async def set_level(connection: AsyncConnection, incident: UUID, level: Level) -> None:
    """Change the level of an incident."""
    await connection.execute(_SET_LEVEL, {"id": incident, "level": level})


async def get_key(connection: AsyncConnection, incident: UUID) -> str | None:
    """Return the key of an incident, which never changes."""
    key: str | None = (await connection.execute(_KEY, {"id": incident})).scalar()
    return key


async def set_recurrence(connection: AsyncConnection, incident: UUID, *, earlier: UUID) -> None:
    """Link an incident to an earlier one, unless it is linked already."""
    await connection.execute(_SET_RECURRENCE, {"id": incident, "earlier": earlier})


async def find_person(connection: AsyncConnection, name: str) -> Person | None:
    """Return an active account by name, or ``None``."""
    row = (await connection.execute(_PERSON, {"name": name})).mappings().first()
    return Person(**row) if row else None


async def list_reached(connection: AsyncConnection, order: UUID) -> Sequence[int]:
    """List the accounts that a notification of the order has reached."""
    return (await connection.execute(_REACHED, {"order": order})).scalars().all()


async def list_notified(connection: AsyncConnection, order: UUID) -> Sequence[int]:
    """List the accounts that the order was dispatched to."""
    return (await connection.execute(_NOTIFIED, {"order": order})).scalars().all()
