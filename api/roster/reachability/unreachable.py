"""Find the areas for which people are on duty and none of them can be reached now."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from api.roster import coverage_store
from api.roster.coverage import unreachable_units
from api.roster.reachability import store as reachability_store

MAX_AGE = timedelta(seconds=10)
"""Every open queue page asks; in a city with 100,000 people on duty the search takes a while."""


class UnreachableAreas:
    """The areas of the whole city, as they were found up to ``MAX_AGE`` ago in this process."""

    def __init__(self) -> None:
        self._found_at: datetime | None = None
        self._found: list[tuple[str, int]] = []

    async def find(
        self, connection: AsyncConnection, area: str, *, now: datetime
    ) -> list[tuple[str, int]]:
        """Return these areas inside an area, with the people on duty at all their levels."""
        if self._found_at is None or not timedelta(0) <= now - self._found_at < MAX_AGE:
            self._found_at, self._found = now, await _find(connection, now=now)
        return [(code, on_duty) for code, on_duty in self._found if code.startswith(area)]


async def _find(connection: AsyncConnection, *, now: datetime) -> list[tuple[str, int]]:
    watched = await coverage_store.list_watched_areas(connection, within="")
    known = await coverage_store.list_areas_above(connection, watched)
    reach = await reachability_store.list_areas(connection, "", now=now)
    counts = {row.area_code: (row.on_duty, row.reachable) for row in reach}
    return unreachable_units(watched, counts, known_areas=known)
