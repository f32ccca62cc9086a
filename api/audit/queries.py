"""Read the audit log by pages, for the auditor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit.store import SYSTEM

# What people did, in an area: that of the incident, or else that of the account.
_IN_AREA = """
    coalesce(starts_with(coalesce(
        (SELECT i.area_code FROM incident i WHERE i.id = a.incident),
        (SELECT c.area_code FROM account c WHERE c.name = a.actor)), :area), :unplaced)
"""
_COLUMNS = """
    a.seq, a.at, a.actor, a.action, a.incident, a.work_order, a.from_state, a.to_state, a.reason,
    a.detail
"""
_OF_PEOPLE = text(f"""
    SELECT {_COLUMNS} FROM audit_log a
    WHERE a.actor <> '{SYSTEM}' AND a.at >= :since AND a.at < :until
      AND (CAST(:actor AS text) IS NULL OR a.actor = :actor)
      AND (CAST(:action AS text) IS NULL OR a.action = :action)
      AND (a.at, a.seq) < (:before_at, :before_seq) AND {_IN_AREA}
    ORDER BY a.at DESC, a.seq DESC LIMIT :limit
""")
_OF_INCIDENT = text(f"""
    SELECT {_COLUMNS} FROM audit_log a
    WHERE a.incident = :incident AND (a.at, a.seq) < (:before_at, :before_seq) AND {_IN_AREA}
    ORDER BY a.at DESC, a.seq DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which entries to list.

    Args:
        actor: Name of an account.
        incident: Then also what the system did, at any time.
    """

    since: datetime
    until: datetime
    actor: str | None = None
    action: str | None = None
    incident: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecord:
    """An entry of the log."""

    seq: int
    at: datetime
    actor: str
    action: str
    incident: UUID | None
    work_order: UUID | None
    from_state: str | None
    to_state: str | None
    reason: str
    detail: dict[str, Any]


async def list_log(
    connection: AsyncConnection,
    wanted: LogFilter,
    *,
    scope: Mapping[str, str | bool],
    before: tuple[datetime, int],
    limit: int,
) -> list[LogRecord]:
    """List entries about an area, newest first.

    Args:
        scope: ``area`` and ``unplaced``: what the reader may see.
        before: Time and number of the last entry of the page before.
    """
    params = {
        "since": wanted.since,
        "until": wanted.until,
        "actor": wanted.actor,
        "action": wanted.action,
        "incident": wanted.incident,
        **scope,
        "before_at": before[0],
        "before_seq": before[1],
        "limit": limit,
    }
    query = _OF_INCIDENT if wanted.incident is not None else _OF_PEOPLE
    rows = await connection.execute(query, params)
    return [LogRecord(**row) for row in rows.mappings()]
