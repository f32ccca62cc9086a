"""Read what the accuracy report needs."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.reporting.model import Grouping, Judgement, ReportFilter, Tally
from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.model import VerdictSource
from api.accuracy.verdicts.reviewed_store import COUNTED, IN_FORCE
from api.areas.hierarchy import LEVEL_OF_LENGTH

OTHER_GROUPS = "*"
"""Stands for the groups that a report does not show; no scenario, camera or area has this key."""
_MATCHES = """
    ((:sees_unplaced AND {i}.area_code IS NULL) OR starts_with({i}.area_code, :within))
      AND (CAST(:area AS text) IS NULL OR starts_with({i}.area_code, :area))
      AND (CAST(:scenario AS text) IS NULL OR {i}.scenario = :scenario)
      AND (CAST(:node AS text) IS NULL OR {i}.node = :node)
      AND (CAST(:camera AS text) IS NULL OR {i}.camera = :camera)"""
_CHOSEN = f"""
    {COUNTED} AND i.created_at >= :since AND i.created_at < :until AND {_MATCHES.format(i="i")}"""
_KEY = """
    CASE :grouping WHEN 'scenario' THEN {i}.scenario
        WHEN 'camera' THEN {i}.node || '/' || {i}.camera
        ELSE coalesce(left({i}.area_code, :digits), '') END"""
_WEEK = "CAST(date_trunc('week', {at}, 'UTC') AS date)"
_IS_PUSHED = "i.auto_filed_at IS NOT NULL"
_IS_CONFIRMED = """(i.auto_filed_at IS NULL AND EXISTS (
    SELECT FROM work_order w WHERE w.incident = i.id))"""

_JUDGEMENTS = text(f"""
    SELECT {_KEY.format(i="i")} AS key, {_WEEK.format(at="i.created_at")} AS week,
        concat(i.node, '/', i.camera, '/', CAST(i.created_at AT TIME ZONE 'UTC' AS date))
            AS camera_day,
        i.audit_probability AS inclusion_probability, {_IS_PUSHED} AS is_pushed,
        {_IS_CONFIRMED} AS is_confirmed,
        CASE WHEN v.source IN ('on_site', 'audit') THEN v.value ELSE 'unsure' END AS value,
        f.value AS first,
        CASE WHEN s.verdict IS NOT NULL THEN s.inclusion_probability END AS second_share,
        v.source = 'on_site' AS is_on_site
    FROM audit_task t
    JOIN incident i ON i.id = t.incident
    JOIN verdict f ON f.id = t.verdict
    LEFT JOIN audit_task s ON s.incident = i.id AND s.round = 2
    CROSS JOIN LATERAL ({IN_FORCE}) AS v
    WHERE t.round = 1 AND {_CHOSEN}
    ORDER BY i.created_at, i.id
""")
_LARGEST = text(f"""
    SELECT key FROM (
        SELECT {_KEY.format(i="i")} AS key, count(*) AS n FROM incident i WHERE {_CHOSEN}
        GROUP BY 1
        UNION ALL
        SELECT {_KEY.format(i="m")}, count(*) FROM missed_event m
        WHERE m.happened_at >= :since AND m.happened_at < :until AND {_MATCHES.format(i="m")}
        GROUP BY 1) AS c
    GROUP BY key ORDER BY sum(n) DESC, key LIMIT :limit
""")
_TALLIES = text(f"""
    SELECT CASE WHEN key = ANY (CAST(:keys AS text[])) THEN key ELSE '{OTHER_GROUPS}' END AS key,
        week, is_pushed, is_confirmed, value, source, count(*) AS n
    FROM (SELECT {_KEY.format(i="i")} AS key, {_WEEK.format(at="i.created_at")} AS week,
              {_IS_PUSHED} AS is_pushed, {_IS_CONFIRMED} AS is_confirmed, v.value, v.source
          FROM incident i LEFT JOIN LATERAL ({IN_FORCE}) AS v ON true
          WHERE {_CHOSEN}) AS c
    GROUP BY 1, week, is_pushed, is_confirmed, value, source
""")
_MISSED = text(f"""
    SELECT {_KEY.format(i="m")} AS key, {_WEEK.format(at="m.happened_at")} AS week, count(*) AS n
    FROM missed_event m
    WHERE m.happened_at >= :since AND m.happened_at < :until AND {_MATCHES.format(i="m")}
    GROUP BY 1, 2
""")
_PAIRS = text(f"""
    SELECT f.value AS first, s.value AS second,
        1 / (i.audit_probability * b.inclusion_probability) AS weight
    FROM audit_task a JOIN audit_task b ON b.incident = a.incident AND b.round = 2
    JOIN verdict f ON f.id = a.verdict JOIN verdict s ON s.id = b.verdict
    JOIN incident i ON i.id = a.incident
    WHERE a.round = 1 AND {_CHOSEN}
""")
_DRAWN = text(f"""
    SELECT count(*) FROM audit_task t JOIN incident i ON i.id = t.incident
    WHERE t.round = 1 AND {_CHOSEN}
""")


_VALUES = {value.value: value for value in VerdictValue}


async def list_judgements(
    connection: AsyncConnection, chosen: ReportFilter, grouping: Grouping
) -> list[Judgement]:
    """List the incidents whose audit was answered, oldest first."""
    rows = await connection.execute(_JUDGEMENTS, _params(chosen, grouping))
    return [
        Judgement(
            key=key,
            week=week,
            camera_day=camera_day,
            inclusion_probability=inclusion_probability,
            is_pushed=is_pushed,
            is_confirmed=is_confirmed,
            value=_VALUES[value],
            first=_VALUES[first],
            second_share=second_share,
            is_on_site=is_on_site,
        )
        for (
            key,
            week,
            camera_day,
            inclusion_probability,
            is_pushed,
            is_confirmed,
            value,
            first,
            second_share,
            is_on_site,
        ) in rows
    ]


async def list_largest(
    connection: AsyncConnection, chosen: ReportFilter, grouping: Grouping, *, limit: int
) -> frozenset[str]:
    """List the groups with the most incidents and missed events."""
    params = {**_params(chosen, grouping), "limit": limit}
    return frozenset(row.key for row in await connection.execute(_LARGEST, params))


async def list_tallies(
    connection: AsyncConnection,
    chosen: ReportFilter,
    grouping: Grouping,
    *,
    keys: frozenset[str],
) -> list[Tally]:
    """Count all incidents, by group, week and verdict in force.

    Args:
        keys: The other groups are counted together, as ``OTHER_GROUPS``.
    """
    params = {**_params(chosen, grouping), "keys": sorted(keys)}
    rows = (await connection.execute(_TALLIES, params)).mappings()
    return [
        Tally(
            **{
                **row,
                "value": VerdictValue(row["value"]) if row["value"] else None,
                "source": VerdictSource(row["source"]) if row["source"] else None,
            }
        )
        for row in rows
    ]


async def count_missed(
    connection: AsyncConnection, chosen: ReportFilter, grouping: Grouping
) -> Mapping[tuple[str, date], int]:
    """Count the missed events by group and week."""
    rows = await connection.execute(_MISSED, _params(chosen, grouping))
    return {(row.key, row.week): row.n for row in rows}


async def list_pairs(
    connection: AsyncConnection, chosen: ReportFilter
) -> list[tuple[VerdictValue, VerdictValue, float]]:
    """List the first and second verdict on each incident that was judged twice.

    With them comes how many incidents it stands for, as a "false" is given twice more often.
    """
    rows = await connection.execute(_PAIRS, _params(chosen))
    return [(VerdictValue(row.first), VerdictValue(row.second), row.weight) for row in rows]


async def count_drawn(connection: AsyncConnection, chosen: ReportFilter) -> int:
    """Count the incidents that were drawn for an audit."""
    n: int = (await connection.execute(_DRAWN, _params(chosen))).scalar_one()
    return n


def _params(chosen: ReportFilter, grouping: Grouping | None = None) -> dict[str, object]:
    params: dict[str, object] = {
        "since": chosen.since,
        "until": chosen.until,
        "within": chosen.within,
        "sees_unplaced": chosen.sees_unplaced,
        "area": chosen.area,
        "scenario": chosen.scenario,
        "node": chosen.node,
        "camera": chosen.camera,
    }
    if grouping is not None:
        params |= {"grouping": grouping, "digits": child_digits(chosen.area or chosen.within)}
    return params


def child_digits(area: str) -> int:
    """Return the number of digits of the areas directly below an area."""
    return min((digits for digits in LEVEL_OF_LENGTH if digits > len(area)), default=len(area))
