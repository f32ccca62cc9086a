"""Search the stored roster for hours in which nobody is on duty."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from api.roster import coverage_store
from api.roster.coverage import CoverageGap, Period, coverage_gaps

MAX_AGE = timedelta(minutes=2)
"""In a city of 18,000 grids the search takes a second, and every console asks each minute."""


@dataclass(frozen=True, slots=True)
class FoundGaps:
    """All gaps of the city that a part of this process found a moment ago.

    Args:
        within: How far it looked ahead.
    """

    at: datetime
    within: timedelta
    gaps: Sequence[CoverageGap]

    def select(self, now: datetime, within: timedelta, *, area: str) -> list[CoverageGap] | None:
        """Return the gaps of an area that are not over, earliest first.

        Returns:
            ``None`` if they were found too long ago, or looked for otherwise.
        """
        if within != self.within or not timedelta() <= now - self.at < MAX_AGE:
            return None
        return [gap for gap in self.gaps if gap.area_code.startswith(area) and gap.ends_at > now]


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
