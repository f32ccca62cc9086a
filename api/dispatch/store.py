"""Find the incidents whose clock is due, and who can be asked about them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.dispatch.escalation import EndedOrder
from api.dispatch.model import DueIncident, OpenCount, OpenOrder, PeopleOfArea
from api.incidents.lifecycle import IncidentState
from api.incidents.model import IncidentClass
from api.incidents.store import to_clock
from api.roster.on_duty import find_escalation_levels_of
from pipeline.signal import Level

# First attempts come before repetitions, so that incidents nobody can take delay no other. Both
# states are compared, since only the incident is locked and read again.
_TAKE_DUE = text("""
    SELECT i.id, i.state, i.level, i.version, i.area_code, i.previous_state, i.responsible_kind,
        i.responsible_account, i.responsible_area, i.next_step, i.due_at, i.next_action_at,
        i.clock_step, w.id AS order_id, w.area_code AS order_area, w.step AS escalation_level,
        w.rounds, w.assignee,
        CASE WHEN i.class = 'equipment' AND i.state = 'filed' THEN
            (SELECT c.id FROM node n JOIN account c ON c.id = n.maintainer AND c.active
             WHERE n.name = i.node) END AS maintainer
    FROM incident i LEFT JOIN work_order w ON w.incident = i.id AND w.is_open
    WHERE i.next_action_at <= :now AND (w.id IS NULL OR w.state = i.state)
      AND i.id <> ALL (CAST(:excluded AS uuid[]))
    ORDER BY i.clock_step > 0,
        array_position(CAST(ARRAY['critical', 'major', 'minor', 'info'] AS text[]), i.level),
        i.next_action_at, i.id
    LIMIT :limit FOR UPDATE OF i SKIP LOCKED
""")
# The area of an incident: that of its point, or that of its camera.
_SET_AREAS = text("""
    UPDATE incident AS i SET area_code = t.area, responsible_area = t.area
    FROM (
        SELECT o.id, coalesce(
            (SELECT code FROM area_part
             WHERE box(boundary) @> box(point(o.lon, o.lat), point(o.lon, o.lat))
               AND boundary @> point(o.lon, o.lat)
             ORDER BY length(code) DESC, code LIMIT 1),
            (SELECT c.area_code FROM camera c WHERE c.node = o.node AND c.name = o.camera)) AS area
        FROM incident o WHERE o.id = ANY (CAST(:ids AS uuid[]))
    ) AS t
    WHERE i.id = t.id AND t.area IS NOT NULL
    RETURNING i.id, i.area_code
""")
_ENDED_ORDERS = text("""
    SELECT incident, step, has_expired, declined_by, state = 'returned' AS is_returned
    FROM work_order
    WHERE incident = ANY (CAST(:ids AS uuid[]))
      AND (state = 'returned' OR declined_by IS NOT NULL)
    ORDER BY dispatched_at, id
""")
# The desks of areas; then, without a code, those who may be asked last of all. What lies outside
# all areas concerns the desks of the widest areas: in a city, its own.
_STAFF = text("""
    SELECT t.code, c.id, c.role, false AS is_configured
    FROM unnest(CAST(:codes AS text[])) AS t (code)
    JOIN account c ON CASE WHEN t.code <> '' THEN starts_with(t.code, c.area_code)
        ELSE length(c.area_code) = (
            SELECT min(length(area_code)) FROM account
            WHERE active AND role IN ('operator', 'supervisor')) END
    WHERE c.active AND c.role IN ('operator', 'supervisor')
    UNION ALL
    SELECT NULL, id, role, name = ANY (CAST(:names AS text[])) FROM account
    WHERE active AND (role = 'admin' OR name = ANY (CAST(:names AS text[])))
    ORDER BY id
""")
_OVERDUE_ACTIONS = text("""
    SELECT i.id FROM incident i
    WHERE i.next_action_at < :overdue_since
    ORDER BY i.next_action_at LIMIT :limit
""")
_COUNT_OPEN = text("""
    SELECT state, class, count(*) AS n, count(*) FILTER (WHERE due_at < :now) AS overdue,
        min(coalesce(state_since, created_at)) AS oldest_since
    FROM incident WHERE is_open GROUP BY state, class
""")


async def take_due(
    connection: AsyncConnection, *, now: datetime, limit: int, excluded: Sequence[UUID] = ()
) -> list[DueIncident]:
    """Lock the most urgent incidents whose clock is due and that no other process has locked.

    Those outside all areas get the area they lie in by now.
    """
    params = {"now": now, "limit": limit, "excluded": list(excluded)}
    rows = (await connection.execute(_TAKE_DUE, params)).mappings()
    due = [_due_incident(row) for row in rows]
    return await _add_history(connection, await _add_areas(connection, due))


async def find_people(
    connection: AsyncConnection,
    codes: Sequence[str],
    *,
    emergency_contacts: Sequence[str],
    now: datetime,
) -> dict[str, PeopleOfArea]:
    """Return who can be asked about areas, by code; the empty code is the whole city.

    Args:
        emergency_contacts: Names of accounts; the administrators if none of them exists.
    """
    levels = await find_escalation_levels_of(connection, [code for code in codes if code], now)
    desks, contacts = await _find_staff(connection, codes, emergency_contacts)
    return {
        code: PeopleOfArea(
            levels=tuple(levels.get(code, ())),
            operators=tuple(desks[code, "operator"]),
            supervisors=tuple(desks[code, "supervisor"]),
            emergency_contacts=contacts,
        )
        for code in codes
    }


async def _find_staff(
    connection: AsyncConnection, codes: Sequence[str], names: Sequence[str]
) -> tuple[dict[tuple[str, str], list[int]], tuple[int, ...]]:
    """Return the desks by area and role, and the emergency contacts."""
    params = {"codes": list(codes), "names": list(names)}
    desks: dict[tuple[str, str], list[int]] = defaultdict(list)
    last = []
    for row in await connection.execute(_STAFF, params):
        if row.code is None:
            last.append(row)
        else:
            desks[row.code, row.role].append(row.id)
    configured = tuple(row.id for row in last if row.is_configured)
    return desks, configured or tuple(row.id for row in last)


async def list_overdue_actions(
    connection: AsyncConnection, *, overdue_since: datetime, limit: int = 100
) -> list[UUID]:
    """List the incidents whose next action should have come before a time, oldest first."""
    params = {"overdue_since": overdue_since, "limit": limit}
    return list((await connection.execute(_OVERDUE_ACTIONS, params)).scalars())


async def count_open_incidents(
    connection: AsyncConnection, *, now: datetime
) -> dict[tuple[IncidentState, IncidentClass], OpenCount]:
    """Count the open incidents of each state and class that has any."""
    rows = await connection.execute(_COUNT_OPEN, {"now": now})
    return {
        (IncidentState(row.state), IncidentClass(row[1])): OpenCount(
            row.n, row.overdue, row.oldest_since
        )
        for row in rows
    }


async def _add_areas(connection: AsyncConnection, due: Sequence[DueIncident]) -> list[DueIncident]:
    outside = [incident.id for incident in due if incident.area_code is None]
    if not outside:
        return list(due)
    rows = await connection.execute(_SET_AREAS, {"ids": outside})
    areas = {row.id: row.area_code for row in rows}
    return [_in_area(incident, areas) for incident in due]


def _in_area(incident: DueIncident, areas: Mapping[UUID, str]) -> DueIncident:
    area = areas.get(incident.id)
    if area is None:
        return incident
    responsible = replace(incident.clock.responsible, area=area)
    clock = replace(incident.clock, responsible=responsible)
    return replace(incident, area_code=area, clock=clock)


async def _add_history(
    connection: AsyncConnection, due: Sequence[DueIncident]
) -> list[DueIncident]:
    """Add the returned and recalled orders of the incidents that are to be dispatched."""
    filed = [incident.id for incident in due if incident.state is IncidentState.FILED]
    if not filed:
        return list(due)
    ended: dict[UUID, list[EndedOrder]] = defaultdict(list)
    declined: dict[UUID, set[int]] = defaultdict(set)
    for row in await connection.execute(_ENDED_ORDERS, {"ids": filed}):
        if row.is_returned:
            ended[row.incident].append(EndedOrder(row.step, row.has_expired))
        if row.declined_by is not None:
            declined[row.incident].add(row.declined_by)
    return [
        replace(
            incident,
            ended_orders=tuple(ended[incident.id]),
            declined_by=frozenset(declined[incident.id]),
        )
        for incident in due
    ]


def _due_incident(row: RowMapping) -> DueIncident:
    previous = row["previous_state"]
    return DueIncident(
        id=row["id"],
        state=IncidentState(row["state"]),
        level=Level(row["level"]),
        version=row["version"],
        area_code=row["area_code"],
        clock=to_clock(row),
        order=_open_order(row),
        previous_state=IncidentState(previous) if previous else None,
        maintainer=row["maintainer"],
    )


def _open_order(row: RowMapping) -> OpenOrder | None:
    if row["order_id"] is None:
        return None
    return OpenOrder(
        id=row["order_id"],
        area_code=row["order_area"],
        escalation_level=row["escalation_level"],
        rounds=row["rounds"],
        handler=row["assignee"],
    )
