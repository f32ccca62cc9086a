"""Read which incidents asked the desks, and which cameras chatter."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.reporting.alarm_load import Alarm, SourceLoad

CHATTERING, CHATTERING_WITHIN = 3, timedelta(minutes=1)
"""An alarm chatters that comes three times within a minute (ISA-18.2, EEMUA 191)."""

_SOURCE = "concat_ws('/', nullif({i}.node, ''), nullif({i}.camera, ''), {i}.scenario)"
# An incident asks the desk when it waits for a review, and when others do not answer. What waits
# for one review with others (``root``) is one alarm.
_ALARMS = text(f"""
    WITH asked AS (
        SELECT i.id, i.created_at AS at FROM incident i
        WHERE i.decision IN ('review', 'late') AND i.root IS NULL
          AND i.created_at >= :since AND i.created_at < :until
        UNION ALL
        SELECT n.incident, n.created_at FROM notification n JOIN account c ON c.id = n.account
        WHERE c.role = 'operator' AND n.kind IN ('escalation', 'nobody_on_duty')
          AND n.created_at >= :since AND n.created_at < :until
    )
    SELECT i.area_code, {_SOURCE.format(i="i")} AS source, min(asked.at) AS at,
        CASE WHEN i.is_over OR NOT i.is_open THEN i.last_at END AS ended_at
    FROM asked JOIN incident i ON i.id = asked.id
    WHERE NOT i.exercise AND (i.area_code IS NULL OR starts_with(i.area_code, :within))
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
            AND (i.area_code IS NULL OR starts_with(i.area_code, :within))) AS t
    WHERE gap <= :chattering_within
    GROUP BY source ORDER BY n DESC, source LIMIT 100
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAlarms:
    """The alarms of a time, and all desks."""

    alarms: list[Alarm]
    desks: frozenset[str]


async def list_alarms(
    connection: AsyncConnection, *, since: datetime, until: datetime, within: str
) -> DeskAlarms:
    """List which incidents asked the desks of an area, with the desk of each.

    Args:
        within: Area code; empty for all.
    """
    params = {"since": since, "until": until, "within": within}
    desks = frozenset((await connection.execute(_DESKS, params)).scalars())
    rows = await connection.execute(_ALARMS, params)
    alarms = [
        Alarm(
            at=row.at,
            desk=desk_of(row.area_code, desks) or within,
            source=row.source,
            ended_at=row.ended_at,
        )
        for row in rows
    ]
    return DeskAlarms(alarms=alarms, desks=desks)


async def list_chattering(
    connection: AsyncConnection, *, since: datetime, until: datetime, within: str
) -> list[SourceLoad]:
    """List the cameras and scenarios whose alerts chatter, the worst first.

    Counted are alerts, as nodes sent them: operators see few of them, as an incident takes them in.
    """
    params = {"since": since, "until": until, "within": within}
    rows = await connection.execute(_CHATTERING, {**params, "chattering_within": CHATTERING_WITHIN})
    return [SourceLoad(source=row.source, n=row.n, share=float(row.n / row.total)) for row in rows]


def desk_of(area_code: str | None, desks: frozenset[str]) -> str | None:
    """Return the area of the nearest desk, from the incident upwards; ``None`` without one."""
    if area_code is None:
        return None
    above = [desk for desk in desks if area_code.startswith(desk)]
    return max(above, key=len, default=None)
