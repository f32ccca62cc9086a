"""Find the incidents of one page, in the order of its view."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.incidents.lifecycle import ENDED_STATES, IncidentState
from api.incidents.lists.model import IncidentFilter, UrgencyPosition
from api.incidents.queries import IncidentRecord, get_incidents
from api.web.pagination import PagePosition

# Only the conditions of filters that are set are part of a statement: the plan depends on them.
_CONDITIONS: Mapping[str, str] = {
    "states": "i.state = ANY (CAST(:states AS text[]))",
    "levels": "i.level = ANY (CAST(:levels AS text[]))",
    "decision": "i.decision = :decision",
    "area": "i.area_code >= :within AND i.area_code < :within || ':'",
    "node": "i.node = :node",
    "camera": "i.camera = :camera",
    "scenario": "i.scenario = :scenario",
    "family": "i.family = :family",
    "since": "i.created_at >= :since",
    "until": "i.created_at < :until",
}
_IS_OPEN = {True: "i.is_open", False: "NOT i.is_open"}
# Two parts that an index can follow each, instead of one condition with OR that none can.
_IN_AREA = "(i.area_code >= :area AND i.area_code < :area || ':')"
_IN_AREA_OR_NONE = f"(i.area_code IS NULL OR {_IN_AREA})"
_IS_NOTIFIED = """EXISTS (
    SELECT FROM notification n WHERE n.incident = i.id AND n.account = :account_id)"""
_ELSEWHERE = text(f"""
    SELECT i.id FROM (
        SELECT DISTINCT incident FROM (
            SELECT incident, kind FROM notification WHERE account = :account_id
            ORDER BY incident DESC LIMIT :limit) AS newest
        WHERE kind <> 'reminder') AS n
    JOIN incident i ON i.id = n.incident
    WHERE {_IN_AREA} IS NOT TRUE
""")
MAX_NOTIFICATIONS = 2000
"""Newest notifications of a desk in which incidents outside its area are looked for."""
_ID_BEGINS = "i.id BETWEEN :first_id AND :last_id"
# After five executions PostgreSQL would plan a statement without its values, as if every account
# and filter selected equally many rows. It does so again for the statement that reads the rows.
_PLAN_FOR_VALUES = text("SET LOCAL plan_cache_mode = force_custom_plan")
_PLAN_AS_USUAL = text("SET LOCAL plan_cache_mode = auto")
_BEFORE = "(i.created_at, i.id) < (:before_at, :before_id)"
_CAMERAS = """
    SELECT c.node, c.name FROM camera c
    WHERE strpos(lower(concat_ws(' ', c.name, c.title, c.reported_title, c.address,
                                 c.reported_address)), :text) > 0"""
MAX_CAMERAS = 200
"""Cameras that a search finds."""
_IN_QUEUE = "i.is_open AND i.state <> 'stored'"

# Nobody can be called: it was to be dispatched, and there was nobody to dispatch it to.
_NOBODY_TO_CALL = "(i.state = 'filed' AND i.clock_step > 0)"
_OVERDUE = "(i.due_at < :as_of AND i.next_step NOT IN ('archive', 'resume'))"
_RANK = f"""(
    CASE WHEN {_OVERDUE} OR {_NOBODY_TO_CALL} THEN 0 ELSE 8 END
    + 2 * (array_position(ARRAY['critical', 'major', 'minor', 'info'], i.level) - 1)
    + CASE WHEN {_NOBODY_TO_CALL} THEN 0 ELSE 1 END)"""


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """Incidents in order, and the position of the last one; ``None`` if there are no more."""

    records: list[IncidentRecord]
    position: PagePosition | UrgencyPosition | None


async def list_newest(
    connection: AsyncConnection,
    filters: IncidentFilter,
    account: Account,
    *,
    before: PagePosition | None,
    limit: int,
) -> IncidentPage:
    """List incidents that the account may see, newest first.

    Args:
        before: Position of the last incident of the previous page.
    """
    query = await _filter(connection, filters, account)
    if before is not None:
        query.params.update(before_at=before[0], before_id=before[1])
    if not account.reads_area:
        statement = _newest_notified(query, is_first=before is None)
    elif filters.is_camera_search:
        statement = _newest_of_cameras(query, is_first=before is None)
    else:
        statement = _newest(query, is_first=before is None)
    params = {**query.params, "limit": limit}
    rows = (await connection.execute(text(statement), params)).all()
    records = await _in_order(connection, [row.id for row in rows], account)
    is_full = len(rows) == limit
    return IncidentPage(records, (rows[-1].created_at, rows[-1].id) if is_full else None)


async def list_queue(
    connection: AsyncConnection,
    filters: IncidentFilter,
    account: Account,
    *,
    after: UrgencyPosition | None,
    limit: int,
    now: datetime,
) -> IncidentPage:
    """List what a person has to see to, most urgent first.

    First what is overdue, and what nobody can be called for; then by level, and within a level
    what nobody can be called for; then by deadline.

    Args:
        after: Position of the last incident of the previous page.
    """
    query = await _filter(connection, filters, account)
    conditions, params = [query.visible, *query.conditions, *query.cameras], query.params
    as_of = after.as_of if after else now
    last = "true"
    if after is not None:
        last = "(rank, due_at, id) > (:rank, :due_at, :after_id)"
        params |= {"rank": after.rank, "due_at": after.due_at, "after_id": after.id}
    statement = f"""
        SELECT id, rank, due_at FROM (
            SELECT i.id, i.due_at, {_RANK} AS rank FROM incident i
            WHERE {_IN_QUEUE} AND {" AND ".join(conditions)}) AS ranked
        WHERE {last} ORDER BY rank, due_at, id LIMIT :limit"""
    rows = await connection.execute(text(statement), {**params, "as_of": as_of, "limit": limit})
    found = rows.all()
    records = await _in_order(connection, [row.id for row in found], account)
    if len(found) < limit:
        return IncidentPage(records, None)
    last_row = found[-1]
    position = UrgencyPosition(as_of, last_row.rank, last_row.due_at, last_row.id)
    return IncidentPage(records, position)


@dataclass(frozen=True, slots=True)
class _Query:
    """Conditions on incident ``i``, with their parameters.

    Args:
        visible: The account may see it.
        cameras: What is searched for, if that is a camera.
    """

    visible: str
    conditions: list[str]
    cameras: list[str]
    params: dict[str, object]


def _newest(query: _Query, *, is_first: bool) -> str:
    conditions = [query.visible, *query.conditions, *([] if is_first else [_BEFORE])]
    return f"""
        SELECT i.id, i.created_at FROM incident i WHERE {" AND ".join(conditions)}
        ORDER BY i.created_at DESC, i.id DESC LIMIT :limit"""


def _newest_notified(query: _Query, *, is_first: bool) -> str:
    """Follow the notifications of the account; ids of incidents are in the order of creation."""
    before = "true" if is_first else "incident < :before_id"
    conditions = ["true", *query.conditions, *query.cameras]
    return f"""
        SELECT i.id, i.created_at FROM (
            SELECT DISTINCT incident FROM notification
            WHERE account = :account_id AND {before} ORDER BY incident DESC) AS n
        JOIN incident i ON i.id = n.incident WHERE {" AND ".join(conditions)}
        ORDER BY n.incident DESC LIMIT :limit"""


def _newest_of_cameras(query: _Query, *, is_first: bool) -> str:
    """Merge the newest incidents of each camera."""
    conditions = [query.visible, *query.conditions, *([] if is_first else [_BEFORE])]
    return f"""
        SELECT newest.id, newest.created_at
        FROM ({_CAMERAS} ORDER BY c.node, c.name LIMIT {MAX_CAMERAS}) AS c, LATERAL (
            SELECT i.id, i.created_at FROM incident i
            WHERE i.node = c.node AND i.camera = c.name AND {" AND ".join(conditions)}
            ORDER BY i.created_at DESC, i.id DESC LIMIT :limit) AS newest
        ORDER BY newest.created_at DESC, newest.id DESC LIMIT :limit"""


async def _filter(connection: AsyncConnection, filters: IncidentFilter, account: Account) -> _Query:
    """Return the conditions of a list and their parameters; its statement is planned for them."""
    await connection.execute(_PLAN_FOR_VALUES)
    values = {name: getattr(filters, name) for name in _CONDITIONS}
    used = {name: value for name, value in values.items() if value is not None}
    visible, params = await _visible(connection, account)
    conditions, cameras = [_CONDITIONS[name] for name in used], []
    params |= {"within" if name == "area" else name: value for name, value in used.items()}
    if filters.is_open is not None:
        conditions.append(_IS_OPEN[filters.is_open])
    elif filters.states is not None and len(are_open := _are_open(filters.states)) == 1:
        conditions.append(_IS_OPEN[are_open.pop()])  # the indexes by state are of either kind
    if filters.id_range is not None:
        conditions.append(_ID_BEGINS)
        params["first_id"], params["last_id"] = filters.id_range
    elif filters.is_camera_search:
        cameras.append(f"(i.node, i.camera) IN ({_CAMERAS})")
        params["text"] = str(filters.text).lower()
    return _Query(visible, conditions, cameras, params)


def _are_open(states: Iterable[IncidentState]) -> set[bool]:
    return {state not in ENDED_STATES for state in states}


async def _visible(connection: AsyncConnection, account: Account) -> tuple[str, dict[str, object]]:
    """Return the condition that the account may see an incident, and its parameters.

    A desk also sees what it was asked about in other areas, as far as its newest notifications go.
    """
    params: dict[str, object] = {"account_id": account.id, "area": account.area_code}
    in_area = _IN_AREA_OR_NONE if account.sees_unplaced else _IN_AREA
    if not account.reads_area:
        return _IS_NOTIFIED, {"account_id": account.id}
    rows = await connection.execute(_ELSEWHERE, {**params, "limit": MAX_NOTIFICATIONS})
    elsewhere = list(rows.scalars())
    if not elsewhere:
        return in_area, {"area": account.area_code}
    condition = f"({in_area} OR i.id = ANY (CAST(:elsewhere AS uuid[])))"
    return condition, {"area": account.area_code, "elsewhere": elsewhere}


async def _in_order(
    connection: AsyncConnection, ids: list[UUID], account: Account
) -> list[IncidentRecord]:
    await connection.execute(_PLAN_AS_USUAL)
    records = await get_incidents(connection, ids, account)
    return [records[incident] for incident in ids if incident in records]
