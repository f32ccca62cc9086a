"""Search the stored roster for hours in which nobody is on duty."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from api.roster import coverage_store
from api.roster.coverage import CoverageGap, Period, coverage_gaps


async def find_coverage_gaps(
    connection: AsyncConnection, now: datetime, within: timedelta, *, area: str = ""
) -> list[CoverageGap]:
    """Return the gaps that run now or begin within a time, earliest first.

    Args:
        area: Only areas inside this one; ``""`` is the whole city.
    """
    window = Period(now, now + within)
    watched = await coverage_store.list_watched_areas(connection, within=area)
    known = await coverage_store.list_areas_above(connection, watched)
    hours = await coverage_store.find_duty_hours(connection, known, window)
    # In a thread: with the 18,000 grids of a large city it takes longer than others may wait.
    return await asyncio.to_thread(coverage_gaps, watched, hours, window, known_areas=known)
