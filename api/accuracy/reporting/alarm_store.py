"""Read which incidents asked the desks, and which cameras chatter."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.reporting.alarm_load import Alarm, SourceLoad

CHATTERING, CHATTERING_WITHIN = 3, timedelta(minutes=1)
"""An alarm chatters that comes three times within a minute (ISA-18.2, EEMUA 191)."""

_IN_AREA = """((:sees_unplaced AND i.area_code IS NULL) OR starts_with(i.area_code, :within))"""
_SOURCE = "concat_ws('/', nullif({i}.node, ''), nullif({i}.camera, ''), {i}.scenario)"
# An incident asks the desk when it begins to wait for a review, and when nobody else answers. What
# is part of another incident is one alarm with it, and what was filed at once never waited.
_ALARMS = text(f"""
    WITH member AS (
        SELECT i.id, coalesce(i.root, i.id) AS root FROM incident i
        WHERE i.created_at >= :since AND i.created_at < :until AND NOT i.exercise
          AND {_IN_AREA}
    ), asked AS (
        SELECT m.root, l.at FROM member m JOIN audit_log l ON l.incident = m.id
        WHERE (l.to_state = 'new' AND l.from_state IS DISTINCT FROM 'new'
               AND NOT EXISTS (SELECT FROM audit_log f WHERE f.incident = l.incident
                               AND f.action = 'file' AND f.at = l.at))
           OR l.action IN ('nobody_on_duty', 'no_area')
        UNION ALL
        SELECT m.root, n.created_at FROM member m JOIN notification n ON n.incident = m.id
        JOIN account c ON c.id = n.account
        WHERE c.role = 'operator' AND n.kind IN ('escalation', 'nobody_on_duty')
    )
    SELECT i.id AS incident, i.area_code, {_SOURCE.format(i="i")} AS source, min(asked.at) AS at,
        CASE WHEN i.is_over OR NOT i.is_open THEN i.last_at END AS ended_at
    FROM asked JOIN incident i ON i.id = asked.root
    WHERE asked.at < :until
    GROUP BY i.id ORDER BY min(asked.at), i.id
""")
_DESKS = text("""
    SELECT DISTINCT area_code FROM account
    WHERE active AND role = 'operator' AND starts_with(area_code, :within)
""")
_CHATTERING = text(f"""
    SELECT source, count(*) AS n, sum(count(*)) OVER () AS total
    FROM (SELECT {_SOURCE.format(i="a")} AS source, a.opened_at - lag(a.opened_at, {CHATTERING - 1})
              OVER (PARTITION BY a.node, a.camera, a.scenario, a.zone ORDER BY a.opened_at) AS gap
          FROM incident i JOIN alert a ON a.incident = i.id
          WHERE i.created_at >= :since AND i.created_at < :until
            AND {_IN_AREA}) AS t
    WHERE gap <= :chattering_within
    GROUP BY source ORDER BY n DESC, source LIMIT 100
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAlarms:
    """The alarms of a time, and all desks."""

    alarms: list[Alarm]
    desks: frozenset[str]


async def list_alarms(
    connection: AsyncConnection,
    *,
    since: datetime,
    until: datetime,
    within: str,
    sees_unplaced: bool = True,
) -> DeskAlarms:
    """List which incidents, opened in a time, asked the desks of an area in it.

    Args:
        within: Area code; empty for all.
        sees_unplaced: Whether incidents without an area count.
    """
    params = {"since": since, "until": until, "within": within, "sees_unplaced": sees_unplaced}
    desks = frozenset((await connection.execute(_DESKS, {"within": within})).scalars())
    rows = await connection.execute(_ALARMS, params)
    alarms = [
        Alarm(
            incident=row.incident,
            at=row.at,
            desk=desk_of(row.area_code, desks) or within,
            source=row.source,
            ended_at=row.ended_at,
        )
        for row in rows
    ]
    return DeskAlarms(alarms=alarms, desks=desks)


async def list_chattering(
    connection: AsyncConnection,
    *,
    since: datetime,
    until: datetime,
    within: str,
    sees_unplaced: bool = True,
) -> list[SourceLoad]:
    """List the cameras and scenarios whose alerts chatter, the worst first.

    Counted are alerts, as nodes sent them: operators see few of them, as an incident takes them in.
    """
    params = {"since": since, "until": until, "within": within, "sees_unplaced": sees_unplaced}
    rows = await connection.execute(_CHATTERING, {**params, "chattering_within": CHATTERING_WITHIN})
    return [SourceLoad(source=row.source, n=row.n, share=float(row.n / row.total)) for row in rows]


def desk_of(area_code: str | None, desks: frozenset[str]) -> str | None:
    """Return the area of the nearest desk, from the incident upwards; ``None`` without one."""
    if area_code is None:
        return None
    above = [desk for desk in desks if area_code.startswith(desk)]
    return max(above, key=len, default=None)
