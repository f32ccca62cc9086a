"""Statements that measure latencies."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.model import Account

MAX_SAMPLES = 500
"""Incidents whose latency is measured: enough for a 99th percentile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Duration of one stage over ``n`` incidents; ``None`` without samples."""

    n: int
    p50_ms: float | None
    p99_ms: float | None


# From the message on which the centre filed the incident to the first notification sent.
_STAGES = text("""
    WITH pushed AS (
        SELECT b.decided_at, b.received_at, n.sent_at
        FROM incident i,
            LATERAL (SELECT min(sent_at) AS sent_at FROM notification
                     WHERE incident = i.id AND sent_at IS NOT NULL) AS n,
            LATERAL (SELECT x.received_at, min(x.decided_at) AS decided_at
                     FROM alert a JOIN inbox x ON x.alert_id = a.alert_id
                     WHERE a.incident = i.id AND NOT a.late AND x.received_at = i.auto_filed_at
                     GROUP BY x.received_at) AS b
        WHERE ((:sees_unplaced AND i.area_code IS NULL)
               OR (i.area_code >= :area AND i.area_code < :area || ':'))
          AND i.created_at >= :since AND i.auto_filed_at IS NOT NULL AND NOT i.exercise
          AND n.sent_at IS NOT NULL
        ORDER BY i.created_at DESC, i.id DESC LIMIT :limit
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
_HAS_OTHER_AREA = text("""
    SELECT EXISTS (SELECT FROM area WHERE code < :area AND NOT starts_with(:area, code))
        OR EXISTS (SELECT FROM area WHERE code >= :area || ':')
""")
_LAST = text("SELECT max(last_at) FROM boot")


async def is_whole_centre(connection: AsyncConnection, account: Account) -> bool:
    """Return whether the account sees every area and what belongs to none."""
    has_other = await connection.scalar(_HAS_OTHER_AREA, {"area": account.area_code})
    return account.sees_unplaced and not has_other


async def measure_latency(
    connection: AsyncConnection, account: Account, *, since: datetime
) -> dict[str, Latency]:
    """Return the latency of each stage from the node's decision to the first notification.

    Incidents that a person reviewed first are left out; of the others, the newest
    ``MAX_SAMPLES`` are measured.
    """
    no_samples = Latency(n=0, p50_ms=None, p99_ms=None)
    latency = dict.fromkeys(
        ("decided_to_received", "received_to_pushed", "decided_to_pushed"), no_samples
    )
    params = {
        "area": account.area_code,
        "sees_unplaced": account.sees_unplaced,
        "since": since,
        "limit": MAX_SAMPLES,
    }
    for row in await connection.execute(_STAGES, params):
        latency[row.name] = Latency(n=row.n, p50_ms=_round(row.p50_ms), p99_ms=_round(row.p99_ms))
    return latency


async def get_last_message_at(connection: AsyncConnection) -> datetime | None:
    """Return when an alert last arrived, or ``None`` if none ever did."""
    at: datetime | None = (await connection.execute(_LAST)).scalar()
    return at


def _round(value: object) -> float | None:
    return None if value is None else round(float(str(value)), 1)
