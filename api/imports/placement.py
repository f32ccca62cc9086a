"""Place cameras and open incidents anew after an import has changed areas or cameras.

Who is notified follows the area, so both must lie where the map shows them. An incident that is
no longer open keeps the area it was handled in.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from api.imports import placement_store
from api.imports.placement_store import MovedIncident
from api.incidents import clocks
from api.incidents.clocks import PLANS, Clock, ClockAction
from api.incidents.lifecycle import IncidentState
from api.incidents.unit_of_work import IncidentChange, record_changes
from api.live import store as live_store
from api.notify import store as notify_store

ESCALATION_STEP = [action for _, action in PLANS[IncidentState.DISPATCHED].actions].index(
    ClockAction.ESCALATE
)


async def place_cameras(connection: AsyncConnection, *, now: datetime) -> None:
    """Assign every camera to the smallest area at its point, unless a file stated its area."""
    moved = await placement_store.place_cameras(connection)
    await live_store.publish_in_areas(connection, "camera", moved, at=now)


async def place_open_incidents(connection: AsyncConnection, *, now: datetime) -> None:
    """Assign open incidents to the area of their camera, or else to the one at their point.

    A work order that nobody has accepted goes to those on duty in the new area; one that somebody
    works on stays with that person.
    """
    moved = await placement_store.lock_moved_incidents(connection)
    if not moved:
        return
    await placement_store.set_areas(connection, moved)
    unanswered = [item.order for item in moved if item.order and _is_unanswered(item)]
    await notify_store.cancel_pending(connection, unanswered)
    await record_changes(connection, [_change(item, now) for item in moved])
    left = [(str(item.incident), item.old_area) for item in moved]
    await live_store.publish_in_areas(connection, "incident", left, at=now)


def move_clock(moved: MovedIncident, *, now: datetime) -> Clock:
    """Return the clock of an incident in its new area.

    If nobody has accepted it yet, the clock engine acts at once: it dispatches a filed incident,
    and takes a dispatched one to the first escalation level of the new area.
    """
    clock = moved.clock
    responsible = replace(clock.responsible, area=moved.area)
    if moved.state is IncidentState.FILED:
        return replace(clock, responsible=responsible, step=0, next_action_at=now)
    if _is_unanswered(moved):
        post = clocks.post(moved.area)
        return replace(clock, responsible=post, step=ESCALATION_STEP, next_action_at=now)
    return replace(clock, responsible=responsible)


def _is_unanswered(moved: MovedIncident) -> bool:
    return moved.state is IncidentState.DISPATCHED


def _change(moved: MovedIncident, now: datetime) -> IncidentChange:
    return IncidentChange(
        incident=moved.incident,
        action="area_changed",
        at=now,
        from_state=moved.state,
        clock=move_clock(moved, now=now),
        area_code=moved.area,
        order=moved.order,
        order_area=moved.area if moved.order else None,
        detail={"from": moved.old_area, "to": moved.area},
    )
