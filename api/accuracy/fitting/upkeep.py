"""Keep the accuracy up to date: trust sources, follow their scores, retrain by schedule."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accuracy.fitting.drift_watch import follow_scores
from api.accuracy.fitting.fit_thresholds import Promise
from api.accuracy.fitting.retrain import RetrainResult, retrain_due
from api.accuracy.fitting.trust_store import restart_turned_cameras, trust_sources
from api.errors import SettingsError
from api.settings import CentralSettings
from api.supervisor import repeat
from scenarios import catalogue

INTERVAL_S = 60.0
DRIFT_INTERVAL = timedelta(minutes=10)
RETRAIN_INTERVAL = timedelta(days=7)

log = structlog.get_logger(__name__)


class AccuracyUpkeep:
    """Does what is due every minute; of several processes, one at a time works.

    Args:
        promise: What the thresholds have to keep.
    """

    def __init__(
        self, engine: AsyncEngine, *, now: Callable[[], datetime], promise: Promise
    ) -> None:
        self._engine = engine
        self._now = now
        self._promise = promise
        self._followed_at: datetime | None = None

    async def run(self) -> None:
        """Work until cancelled; wait for a database that is down."""
        await repeat(self.work, every_s=INTERVAL_S, failure_event="accuracy_upkeep_failed")

    async def work(self) -> list[RetrainResult]:
        """Do what is due; return what was retrained."""
        now = self._now()
        async with self._engine.begin() as connection:
            turned = await restart_turned_cameras(connection, now=now)
            trusted = await trust_sources(connection, now=now)
        for node, camera in turned:
            log.info("camera_started_anew", node=node, camera=camera, reason="turned")
        if trusted:
            log.info("sources_trusted", sources=trusted)
        if self._followed_at is None or now - self._followed_at >= DRIFT_INTERVAL:
            await follow_scores(self._engine, now=now)
            self._followed_at = now
        results = await retrain_due(
            self._engine, self._promise, before=now - RETRAIN_INTERVAL, now=now
        )
        for result in results:
            log.info(
                "scenario_retrained",
                scenario=result.scenario,
                calibration=result.fitted.reason if result.fitted else "no_verdicts",
                thresholds=result.chosen.reason,
                push=result.chosen.thresholds.push,
            )
        return results


def promise_of(settings: CentralSettings) -> Promise:
    """Return what the thresholds of a site have to keep.

    Raises:
        SettingsError: A scenario with a promise of its own does not exist.
    """
    known = catalogue.load()
    for scenario in settings.scenario_promises:
        if scenario not in known:
            raise SettingsError(
                f"GRIDWATCH_SCENARIO_PROMISES: there is no scenario {scenario!r}; "
                "gridwatch scenario list names all"
            )
    return Promise(
        precision=settings.target_precision,
        min_recall=settings.min_recall,
        by_scenario={
            scenario: Promise(precision=precision, min_recall=recall)
            for scenario, (precision, recall) in settings.scenario_promises.items()
        },
    )
