"""Retraining reads the database, ships what is better, and every process uses it."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accuracy.fitting.fit_scenario import ShipReason
from api.accuracy.fitting.fit_thresholds import Promise, ThresholdReason
from api.accuracy.fitting.live_scoring import LiveScoring
from api.accuracy.fitting.retrain import retrain_due, try_thresholds
from api.accuracy.fitting.scoring import FitKey
from api.accuracy.fitting.upkeep import AccuracyUpkeep
from api.ingest.batch import Ingest
from tests.api.accuracy.fitting.reviewed_incidents import fill, raise_alerts
from tests.api.alerts import NOON
from tests.api.databases import rows, scalar

SCENARIO = "crowd_gathering"
NOW = NOON + timedelta(days=60)


async def test_a_scenario_is_retrained_once_a_week_and_every_process_uses_the_fit(
    town_database: AsyncEngine,
) -> None:
    await fill(town_database, now=NOW)
    scoring = LiveScoring(town_database, first_look=False)
    assert await scoring.refresh()
    upkeep = AccuracyUpkeep(
        town_database, now=lambda: NOW, promise=Promise(precision=0.95, min_recall=0.8)
    )

    [result] = await upkeep.work()
    assert result.fitted is not None
    assert result.fitted.reason is ShipReason.BETTER
    assert result.chosen.reason is ThresholdReason.NOTHING_SHOWN  # at most nine of ten are true
    assert await upkeep.work() == []

    assert await scoring.refresh()
    assert not await scoring.refresh()
    fit = scoring.current.fits[FitKey(SCENARIO, 1, "")]
    assert fit.slope == pytest.approx(1.6, abs=0.3)  # from 0.1 to 0.9 between scores of 0.3 and 0.9
    version, thresholds = scoring.current.thresholds[SCENARIO]
    assert (version, fit.version) == (1, 1)
    assert thresholds == result.chosen.thresholds

    await raise_alerts(Ingest(town_database, scoring=lambda: scoring.current), "a", score=0.9)
    stored = await rows(
        town_database,
        "SELECT decision, calibration_version, threshold_version, round(probability::numeric, 1)"
        " FROM incident WHERE zone = 'zone-a'",
    )
    assert [(*row[:3], float(row[3])) for row in stored] == [("review", 1, 1, 0.9)]


async def test_history_never_changes(town_database: AsyncEngine) -> None:
    await fill(town_database, now=NOW)
    promise = Promise(precision=0.85, min_recall=0.8)
    await retrain_due(town_database, promise, before=NOW, now=NOW)
    await retrain_due(
        town_database, promise, before=NOW + timedelta(1), now=NOW + timedelta(hours=1)
    )

    stored = await rows(
        town_database, "SELECT version, is_shipped, reason FROM calibration ORDER BY version"
    )
    assert stored == [(1, True, "better"), (2, False, "not_better")]
    assert await scalar(town_database, "SELECT count(*) FROM threshold") == 1
    for table in ("calibration", "threshold"):
        with pytest.raises(DBAPIError, match="only grows"):
            async with town_database.begin() as connection:
                await connection.execute(text(f"TRUNCATE {table}"))


async def test_thresholds_can_be_tried_without_storing_anything(
    town_database: AsyncEngine,
) -> None:
    await fill(town_database, now=NOW)
    promise = Promise(precision=0.85, min_recall=0.8)
    await retrain_due(town_database, promise, before=NOW, now=NOW)

    async with town_database.connect() as connection:
        chosen, loads = await try_thresholds(connection, SCENARIO, promise, now=NOW)

    assert chosen.reason is ThresholdReason.UNCHANGED
    assert [load.push for load in loads] == [option.push for option in chosen.options]
    per_hour = [load.pushed_per_hour for load in loads]
    assert per_hour == sorted(per_hour)
    assert max(per_hour) <= 3.0  # one incident every 20 minutes
