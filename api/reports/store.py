"""Statements that count rows and measure latencies."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.incidents.queries import VISIBLE, visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Duration of one stage over ``n`` incidents; ``None`` without samples."""

    n: int
    p50_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Numbers of stored rows, over all areas."""

    alerts: int
    messages: int
    incidents: int
    orders: int
    pushed: int
    quarantined: int


_STATES = text(f"SELECT i.state, count(*) AS n FROM incident i WHERE {VISIBLE} GROUP BY i.state")
_TOTALS = text("""
    SELECT (SELECT count(*) FROM alert) AS alerts,
        (SELECT count(*) FROM inbox) AS messages,
        (SELECT count(*) FROM incident) AS incidents,
        (SELECT count(*) FROM work_order) AS orders,
        (SELECT count(DISTINCT incident) FROM notification WHERE sent_at IS NOT NULL) AS pushed,
        (SELECT coalesce(sum(times), 0) FROM quarantine) AS quarantined
""")
# From the message on which the centre filed the incident to the first notification sent.
_STAGES = text("""
    WITH pushed AS (
        SELECT min(b.decided_at) AS decided_at, b.received_at, min(n.sent_at) AS sent_at
        FROM notification n
        JOIN incident i ON i.id = n.incident AND NOT i.exercise
        JOIN alert a ON a.incident = i.id AND NOT a.late
        JOIN inbox b ON b.alert_id = a.alert_id AND b.received_at = i.auto_filed_at
        WHERE n.sent_at IS NOT NULL AND n.created_at >= :since
        GROUP BY i.id, b.received_at
    ), stage (name, took) AS (
        SELECT 'decided_to_received', received_at - decided_at FROM pushed
        UNION ALL SELECT 'received_to_pushed', sent_at - received_at FROM pushed
        UNION ALL SELECT 'decided_to_pushed', sent_at - decided_at FROM pushed
    )
    SELECT name, count(took) AS n,
        1000 * percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM took)) AS p50_ms,
        1000 * percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM took)) AS p99_ms
    FROM stage GROUP BY name
""")
_LAST = text("SELECT max(last_at) FROM boot")


async def count_incidents_by_state(connection: AsyncConnection, account: Account) -> dict[str, int]:
    """Return the number of incidents visible to the account, by state."""
    return {row.state: row.n for row in await connection.execute(_STATES, visibility(account))}


async def count_totals(connection: AsyncConnection) -> Totals:
    """Return the numbers of stored rows."""
    return Totals(**(await connection.execute(_TOTALS)).mappings().one())


async def measure_latency(connection: AsyncConnection, *, since: datetime) -> dict[str, Latency]:
    """Return the latency of each stage from the node's decision to the first notification.

    Incidents that a person reviewed first are left out.
    """
    no_samples = Latency(n=0, p50_ms=None, p99_ms=None)
    latency = dict.fromkeys(
        ("decided_to_received", "received_to_pushed", "decided_to_pushed"), no_samples
    )
    for row in await connection.execute(_STAGES, {"since": since}):
        latency[row.name] = Latency(n=row.n, p50_ms=_round(row.p50_ms), p99_ms=_round(row.p99_ms))
    return latency


async def get_last_message_at(connection: AsyncConnection) -> datetime | None:
    """Return when an alert last arrived, or ``None`` if none ever did."""
    at: datetime | None = (await connection.execute(_LAST)).scalar()
    return at


def _round(value: object) -> float | None:
    return None if value is None else round(float(str(value)), 1)
