"""READ FIRST: keep the incidents about equipment and the roster up to date.

1. Find the hours without anybody on duty, once a minute (``roster.coverage_search``).
2. Ask the parts of the centre what is wrong with itself (``centre_faults``).
3. Read the open fleet alarms with their places (``store.list_faults``).
4. Join those that are one matter (``grouping.group_faults``, ``coverage.coverage_incidents``).
5. Compare with the stored incidents (``decisions.decide``): open, reopen, raise, update or end.
6. Write each through ``incidents.system_incidents``; the clock engine calls the people.
7. Close the incidents about cameras that are right again (``sick_cameras.close_recovered``).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.database.errors import is_about_data
from api.equipment import store as equipment_store
from api.equipment.calls import EQUIPMENT_TITLES
from api.equipment.centre_faults import CentreFault, centre_incidents
from api.equipment.coverage import LOOK_AHEAD, coverage_incidents
from api.equipment.decisions import Decision, Outcome, decide
from api.equipment.grouping import Grouped, group_faults
from api.equipment.sick_cameras import close_recovered
from api.incidents.system_incidents import actions
from api.incidents.system_incidents import store as system_store
from api.incidents.system_incidents.model import StoredIncident, SystemIncident
from api.roster.coverage import CoverageGap
from api.roster.coverage_search import FoundGaps, find_coverage_gaps
from api.supervisor import repeat

INTERVAL_S = 10.0
COVERAGE_INTERVAL = timedelta(minutes=1)

FindCentreFaults = Callable[[AsyncConnection, datetime], Awaitable[Sequence[CentreFault]]]

log = structlog.get_logger(__name__)


class EquipmentMonitor:
    """Opens and ends incidents for what is wrong; of several processes, one does the work.

    Args:
        time_zone: In which messages state times.
        find_centre_faults: Returns what is wrong with the centre itself.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        now: Callable[[], datetime],
        time_zone: tzinfo = UTC,
        find_centre_faults: FindCentreFaults | None = None,
    ) -> None:
        self._find_centre_faults = find_centre_faults
        self._engine = engine
        self._now = now
        self._time_zone = time_zone
        self._found: FoundGaps | None = None

    @property
    def found_gaps(self) -> FoundGaps | None:
        """The gaps of the roster as they were last searched; ``None`` before the first search."""
        return self._found

    def forget_gaps(self) -> None:
        """Search the roster anew before the gaps are shown again."""
        self._found = None

    async def run(self) -> None:
        """Evaluate until cancelled; wait for a database that is down."""
        await repeat(self.evaluate, every_s=INTERVAL_S, failure_event="equipment_monitor_failed")

    async def evaluate(self) -> dict[str, Outcome]:
        """Compare once; return what followed, by key, where anything did."""
        now = self._now()
        gaps = await self._current_gaps(now)
        async with self._engine.begin() as connection:
            if not await equipment_store.try_lock(connection):
                return {}
            stored = await system_store.lock_incidents(connection, (), EQUIPMENT_TITLES)
            others = coverage_incidents(gaps, now=now, time_zone=self._time_zone)
            if self._find_centre_faults is not None:
                faults = await self._find_centre_faults(connection, now)
                others += centre_incidents(faults, now=now)
            wanted = await _wanted(connection, others, stored, now)
            missing = [key for key in wanted.incidents if key not in stored]
            stored |= await system_store.lock_incidents(connection, missing)
            outcomes = await _apply(connection, wanted, stored, now)
            recovered = await close_recovered(connection, now=now)
            return outcomes | dict.fromkeys(recovered, Outcome.END)

    async def _current_gaps(self, now: datetime) -> Sequence[CoverageGap]:
        """Return the gaps in the roster; they are searched outside of any transaction."""
        found = self._found
        if found is None or now - found.at >= COVERAGE_INTERVAL:
            async with self._engine.connect() as connection:
                gaps = await find_coverage_gaps(connection, now, LOOK_AHEAD)
            found = self._found = FoundGaps(now, LOOK_AHEAD, gaps)
        return found.gaps


async def _wanted(
    connection: AsyncConnection,
    others: Sequence[SystemIncident],
    stored: Mapping[str, StoredIncident],
    now: datetime,
) -> Grouped:
    """Return the incidents that should be open."""
    faults = await equipment_store.list_faults(connection)
    open_since = {key: item.first_at for key, item in stored.items() if item.is_open}
    grouped = group_faults(faults, open_since=open_since, now=now)
    return Grouped(
        grouped.incidents | {incident.key: incident for incident in others}, grouped.covered
    )


async def _apply(
    connection: AsyncConnection,
    wanted: Grouped,
    stored: Mapping[str, StoredIncident],
    now: datetime,
) -> dict[str, Outcome]:
    """Carry out the decision of each key; one that the database refuses affects no other."""
    outcomes: dict[str, Outcome] = {}
    for key in sorted({*wanted.incidents, *stored}):
        incident = wanted.incidents.get(key)
        is_covered = key in wanted.covered
        decision = decide(incident, stored.get(key), now=now, is_covered=is_covered)
        if decision.outcome is Outcome.LEAVE:
            continue
        try:
            async with connection.begin_nested():
                await _carry_out(connection, decision, incident, now)
        except DBAPIError as error:
            if not is_about_data(error):
                raise
            reason = str(error.orig)[:500]
            log.error("equipment_incident_refused", key=key, reason=reason)  # noqa: TRY400
        else:
            outcomes[key] = decision.outcome
            log.info("equipment_incident", key=key, outcome=decision.outcome)
    return outcomes


async def _carry_out(
    connection: AsyncConnection, decision: Decision, wanted: SystemIncident | None, now: datetime
) -> None:
    match decision, wanted:
        case Decision(outcome=Outcome.OPEN), SystemIncident():
            await actions.open_system_incident(connection, wanted, now=now)
        case Decision(
            Outcome.REOPEN, StoredIncident() as stored, datetime() as call_at
        ), SystemIncident():
            await actions.reopen_incident(
                connection, stored, wanted.addressee, call_at=call_at, now=now
            )
        case Decision(Outcome.RAISE, StoredIncident() as stored), _:
            await actions.raise_incident(connection, stored, now=now)
        case Decision(Outcome.UPDATE, StoredIncident() as stored), _:
            await system_store.update_incident(connection, stored, now=now)
        case Decision(Outcome.END, StoredIncident() as stored), _:
            await actions.end_incident(connection, stored, now=now, reason=decision.reason)
