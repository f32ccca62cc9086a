"""Figures for an inspection: what is kept, who has viewed it, what was deleted, what failed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.retention.terms import RowKind

_OLDEST = {
    RowKind.EVENTS: "SELECT at FROM event_log ORDER BY seq LIMIT 1",
    RowKind.COMMANDS: "SELECT min(expires_at) FROM command",
    RowKind.ALARMS: "SELECT min(ended_at) FROM fleet_alarm",
    RowKind.QUARANTINE: "SELECT min(received_at) FROM quarantine",
    RowKind.REQUEST_KEYS: "SELECT min(at) FROM idempotency_key",
    RowKind.MESSAGES: "SELECT received_at FROM inbox ORDER BY alert_id, rev LIMIT 1",
    RowKind.EVIDENCE: "SELECT stored_at FROM evidence ORDER BY stored_at LIMIT 1",
    RowKind.INCIDENTS: "SELECT created_at FROM incident ORDER BY created_at LIMIT 1",
    RowKind.AUDIT: "SELECT at FROM audit_log ORDER BY seq LIMIT 1",
}
# The entries of the audit log are found from its end: they are nearly in the order of their times.
_VIEWS = text("""
    SELECT actor, reason AS purpose, count(*) AS n, count(DISTINCT incident) AS n_incidents,
        max(at) AS last_at
    FROM audit_log WHERE action = 'look' AND at >= :since AND at < :until
    GROUP BY actor, reason ORDER BY count(*) DESC, actor, reason LIMIT 200
""")
_DELETIONS = text("""
    SELECT count(*) FILTER (WHERE erasure IS NULL) AS expired,
        count(*) FILTER (WHERE erasure IS NOT NULL) AS on_request,
        count(*) FILTER (WHERE bytes_deleted_at IS NULL) AS waiting
    FROM deleted_evidence WHERE deleted_at >= :since AND deleted_at < :until
""")
_OUTAGES = text("""
    SELECT a.kind, a.node, a.camera, a.since, a.ended_at,
        coalesce(c.title, c.reported_title, n.title, '') AS title
    FROM fleet_alarm a JOIN node n ON n.name = a.node
    LEFT JOIN camera c ON (c.node, c.name) = (a.node, a.camera)
    WHERE a.kind IN ('unreachable', 'camera_offline')
      AND a.since < :until AND coalesce(a.ended_at, :until) >= :since
      AND coalesce(a.ended_at, :until) - a.since >= interval '24 hours'
    ORDER BY a.since LIMIT 500
""")
_COUNTS = text("""
    SELECT (SELECT count(*) FROM camera) AS cameras, (SELECT count(*) FROM node) AS nodes,
        (SELECT count(*) FROM account WHERE active) AS accounts,
        (SELECT count(*) FROM evidence) AS evidence,
        (SELECT count(*) FROM alert a, jsonb_array_elements(a.data -> 'evidence') x
         WHERE a.received_at >= :since AND a.received_at < :until
           AND x ->> 'kind' = 'snapshot') AS snapshots,
        (SELECT count(*) FROM alert a, jsonb_array_elements(a.data -> 'evidence') x
         WHERE a.received_at >= :since AND a.received_at < :until
           AND x ->> 'kind' = 'snapshot' AND CAST(x ->> 'redacted' AS boolean)) AS redacted
""")


@dataclass(frozen=True, slots=True)
class Views:
    """How often an account has viewed evidence for one purpose."""

    actor: str
    purpose: str
    n: int
    n_incidents: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Deletions:
    """Evidence that was deleted: its term was over, or a person asked for it.

    Args:
        waiting: Of these, those whose bytes have yet to be deleted.
    """

    expired: int
    on_request: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Outage:
    """A node or camera that delivered nothing for a day or longer.

    Args:
        ended_at: ``None`` if it still lasts.
    """

    kind: str
    node: str
    camera: str
    since: datetime
    ended_at: datetime | None
    title: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is.

    Args:
        snapshots: Of the alerts of the time, with
        redacted: those on which heads are hidden.
    """

    cameras: int
    nodes: int
    accounts: int
    evidence: int
    snapshots: int
    redacted: int


async def list_oldest(connection: AsyncConnection) -> dict[RowKind, datetime | None]:
    """Return the time of the oldest row of each kind."""
    return {
        kind: (await connection.execute(text(query))).scalar() for kind, query in _OLDEST.items()
    }


async def list_views(
    connection: AsyncConnection, *, since: datetime, until: datetime
) -> list[Views]:
    """Count the views of evidence by account and purpose, most frequent first."""
    rows = await connection.execute(_VIEWS, {"since": since, "until": until})
    return [Views(*row) for row in rows]


async def count_deletions(
    connection: AsyncConnection, *, since: datetime, until: datetime
) -> Deletions:
    """Count the evidence that was deleted."""
    row = (await connection.execute(_DELETIONS, {"since": since, "until": until})).one()
    return Deletions(*row)


async def list_outages(
    connection: AsyncConnection, *, since: datetime, until: datetime
) -> list[Outage]:
    """List the outages of a day or longer, oldest first."""
    rows = await connection.execute(_OUTAGES, {"since": since, "until": until})
    return [Outage(*row) for row in rows]


async def get_counts(connection: AsyncConnection, *, since: datetime, until: datetime) -> Counts:
    """Count what there is, and the snapshots of a time."""
    row = (await connection.execute(_COUNTS, {"since": since, "until": until})).one()
    return Counts(*row)
