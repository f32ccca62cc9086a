"""Close the incidents about cameras that were nearly always wrong, once they are right again."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from api.equipment import store as equipment_store
from api.incidents.correlation import context_store
from api.incidents.correlation.context_store import View
from api.incidents.correlation.false_alarms import NO_HISTORY, is_sick
from api.incidents.system_incidents.actions import Ending, close_system_incident

RIGHT_FOR = timedelta(days=7)
"""Without a false alarm for so long a camera is right again, although its last ones were false."""


async def close_recovered(connection: AsyncConnection, *, now: datetime) -> list[str]:
    """Close what recovered before anybody took it up, else tell who has.

    A camera is right again if its newest verdicts say so, or if none was false for ``RIGHT_FOR``:
    it was repaired, or its scenario was changed or switched off.

    Returns:
        The keys of those that recovered.
    """
    cameras = await equipment_store.list_sick_cameras(connection, since=now - RIGHT_FOR)
    if not cameras:
        return []
    views = [
        View(
            node=item.node, camera=item.camera, family=item.family, key=item.key, lon=None, lat=None
        )
        for item in cameras
    ]
    histories = await context_store.get_histories(connection, views, now=now)
    recovered: list[str] = []
    for item in cameras:
        history = histories.get((item.node, item.camera, item.family, item.key), NO_HISTORY)
        if item.was_false and is_sick(history.were_false):
            continue
        if await close_system_incident(connection, item.key, now=now) is not Ending.NONE:
            recovered.append(item.key)
    return recovered
