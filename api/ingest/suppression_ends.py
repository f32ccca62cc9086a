"""Call people for what a suppression has withheld and still goes on when the suppression ends.

The end is a clock of its own: it waits for no further report of the node.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.accuracy.fitting.scoring import PRIOR_SCORING, Scoring
from api.accuracy.scenario_traits import traits_of
from api.accuracy.verdicts import configuration_store
from api.incidents.correlation import context_store
from api.incidents.correlation import store as correlation_store
from api.incidents.correlation.context_store import SuppressedIncident
from api.incidents.correlation.decisions import decide_unsuppressed
from api.incidents.correlation.false_alarms import NO_HISTORY, find_restraint
from api.incidents.correlation.joining import EPISODE_SILENCE
from api.incidents.model import Incident
from api.supervisor import repeat
from api.suppressions import store as suppressions_store
from api.suppressions.matching import find_suppression
from api.suppressions.model import AlertFacts

INTERVAL_S = 10.0

log = structlog.get_logger(__name__)


class SuppressionEnds:
    """Decides suppressed incidents anew; of several processes, each takes other ones.

    Args:
        scoring: Returns the calibrations and thresholds in force.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        now: Callable[[], datetime],
        scoring: Callable[[], Scoring] = lambda: PRIOR_SCORING,
    ) -> None:
        self._engine = engine
        self._now = now
        self._scoring = scoring

    async def run(self) -> None:
        """Evaluate until cancelled; wait for a database that is down."""
        await repeat(self.evaluate, every_s=INTERVAL_S, failure_event="suppression_ends_failed")

    async def evaluate(self) -> int:
        """Decide what is still going on without a suppression; return how many there were."""
        now = self._now()
        async with self._engine.begin() as connection:
            suppressed = await context_store.lock_unsuppressed(
                connection, now=now, since=now - EPISODE_SILENCE
            )
            if not suppressed:
                return 0
            decided = await _decide(connection, suppressed, self._scoring(), now)
            await correlation_store.update_incidents(connection, decided, now=now)
            await correlation_store.record_system_changes(connection, decided, now=now)
        log.info("suppressions_ended", incidents=len(decided))
        return len(decided)


async def _decide(
    connection: AsyncConnection,
    suppressed: list[SuppressedIncident],
    scoring: Scoring,
    now: datetime,
) -> list[Incident]:
    """Decide each anew; another suppression may cover it by now."""
    in_force = await suppressions_store.list_in_force(connection, since=now, until=now)
    histories = await context_store.get_histories(
        connection, [item.view for item in suppressed], now=now
    )
    sources = await configuration_store.get_sources(
        connection, {item.configuration for item in suppressed}
    )
    decided: list[Incident] = []
    for item in suppressed:
        other = find_suppression(in_force, _facts(item, now))
        if other is not None:
            decided.append(replace(item.incident, suppression=other.id))
            continue
        view = item.view
        key = (view.node, view.camera, view.family, view.key)
        history = histories.get(key, NO_HISTORY)
        record = sources.get(item.configuration)
        scored = scoring.score(item.configuration, item.incident.score, record)
        restraint = find_restraint(history, item.incident.level, now=now, source_state=scored.state)
        decided.append(decide_unsuppressed(item.incident, restraint, scored, now=now))
    return decided


def _facts(item: SuppressedIncident, now: datetime) -> AlertFacts:
    return AlertFacts(
        node=item.view.node,
        camera=item.view.camera,
        zone=item.zone,
        scenario=item.incident.scenario,
        area_code=item.area_code,
        level=item.incident.level,
        life_and_limb=traits_of(item.incident.scenario).life_and_limb,
        observed_at=now,
        boxes=item.boxes,
    )
