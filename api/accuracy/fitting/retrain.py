"""Fit a scenario to its verdicts, test its thresholds, and store what follows.

1. Read the reviewed incidents in columns (``store``).
2. Fit a calibration; it is shipped if it is better on the newest week (``fit_scenario``).
3. Test the thresholds with the calibration in force from now on (``fit_thresholds``).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.accuracy.fitting import store
from api.accuracy.fitting.columns import ReviewedColumns, ScoredColumns, draw_uniformly
from api.accuracy.fitting.fit_scenario import FittedScenario, fit_scenario, probabilities
from api.accuracy.fitting.fit_thresholds import ChosenThresholds, Promise, choose_thresholds
from api.accuracy.fitting.scoring import Fit, FitKey
from api.accuracy.scenario_traits import traits_of
from api.accuracy.score import Thresholds, get_prior, get_thresholds
from api.live.store import notify_listeners

FIT_PERIOD = timedelta(days=365)
"""Older incidents fit nothing."""
LOAD_PERIOD = timedelta(days=28)
"""The alerts of this time say how many a threshold gives to operators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainResult:
    """What came of a scenario.

    Args:
        fitted: ``None`` if it has no verdicts.
    """

    scenario: str
    version: int
    fitted: FittedScenario | None
    chosen: ChosenThresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLoad:
    """What happens to the alerts of a scenario in an hour with the thresholds in force or tested.

    Args:
        push: The threshold.
        pushed_per_hour: Incidents of which a worker is notified at once.
        reviewed_per_hour: Incidents that an operator sees first.
    """

    push: float
    pushed_per_hour: float
    reviewed_per_hour: float


async def retrain_scenario(
    connection: AsyncConnection, scenario: str, promise: Promise, *, now: datetime
) -> RetrainResult:
    """Fit a scenario and test its thresholds; store both as new versions where they change."""
    promise = promise.of(scenario)
    groups = await store.list_groups(connection, scenario, since=now - FIT_PERIOD)
    fits, thresholds = await store.get_in_force(connection)
    version = await store.next_version(connection, "calibration", scenario)
    fitted: FittedScenario | None = None
    if groups:
        fitted = await asyncio.to_thread(fit_scenario, groups, fits, version=version, now=now)
        if fitted.is_shipped:
            fits = dict(fitted.fits)
    _, in_force = thresholds.get(scenario, (None, get_thresholds(scenario)))
    chosen = await asyncio.to_thread(
        choose_on_audits, scenario, groups, fits, in_force=in_force, promise=promise
    )
    # Written at last: live pages wait for the longest transaction that has written something.
    if fitted is not None:
        await store.insert_calibration(connection, scenario, fitted, version=version, now=now)
    if chosen.moves:
        await store.insert_thresholds(connection, scenario, chosen, promise, now=now)
    await store.mark_checked(connection, scenario, now=now)
    await notify_listeners(connection)
    return RetrainResult(scenario=scenario, version=version, fitted=fitted, chosen=chosen)


async def try_thresholds(
    connection: AsyncConnection, scenario: str, promise: Promise, *, now: datetime
) -> tuple[ChosenThresholds, list[AlertLoad]]:
    """Return what the test of the thresholds gives now, and what each would cost; store nothing."""
    groups = await store.list_groups(connection, scenario, since=now - FIT_PERIOD)
    fits, thresholds = await store.get_in_force(connection)
    _, in_force = thresholds.get(scenario, (None, get_thresholds(scenario)))
    chosen = choose_on_audits(
        scenario, groups, fits, in_force=in_force, promise=promise.of(scenario)
    )
    recent = await store.list_recent(connection, scenario, since=now - LOAD_PERIOD)
    pushes = [option.push for option in chosen.options]
    return chosen, alert_loads(scenario, recent, fits, low=in_force.low, pushes=pushes)


def choose_on_audits(
    scenario: str,
    groups: Sequence[ReviewedColumns],
    fits: Mapping[FitKey, Fit],
    *,
    in_force: Thresholds,
    promise: Promise,
) -> ChosenThresholds:
    """Test the thresholds on audited incidents that fitted no calibration.

    Revisions and models without a calibration are left out: they are scored by the prior, and an
    operator sees their alerts first.
    """
    prior = get_prior(scenario)
    fitted = [group for group in groups if group.key in fits]
    empty = np.empty(0)
    likely = [probabilities(group, fits[group.key], prior) for group in fitted]
    everything = np.concatenate([empty, *likely])
    truths = np.concatenate([empty, *(group.truths for group in fitted)])
    tests = np.concatenate([empty > 0, *(group.tests for group in fitted)])
    drawn = draw_uniformly(
        everything,
        np.concatenate([empty > 0, *(group.audited for group in fitted)]),
        np.concatenate([empty, *(group.luck for group in fitted)]),
    )
    drawn &= tests & ~np.isnan(truths)
    return choose_thresholds(
        everything[drawn],
        truths[drawn],
        in_force,
        promise,
        life_and_limb=traits_of(scenario).life_and_limb,
    )


def alert_loads(
    scenario: str,
    recent: Sequence[ScoredColumns],
    fits: Mapping[FitKey, Fit],
    *,
    low: float,
    pushes: Sequence[float],
) -> list[AlertLoad]:
    """Return how many alerts an hour would be pushed and reviewed with each threshold.

    Args:
        recent: All incidents of ``LOAD_PERIOD``.
        low: Lower threshold; below it an ordinary incident is stored.
    """
    prior, hours = get_prior(scenario), LOAD_PERIOD.total_seconds() / 3600
    likely = np.concatenate(
        [np.empty(0), *(probabilities(group, fits.get(group.key), prior) for group in recent)]
    )
    loads = []
    for push in pushes:
        pushed = int((likely >= push).sum())
        seen = len(likely) if traits_of(scenario).life_and_limb else int((likely >= low).sum())
        reviewed = max(seen - pushed, 0)
        loads.append(
            AlertLoad(push=push, pushed_per_hour=pushed / hours, reviewed_per_hour=reviewed / hours)
        )
    return loads


async def retrain_due(
    engine: AsyncEngine,
    promise: Promise,
    *,
    before: datetime,
    now: datetime,
) -> list[RetrainResult]:
    """Retrain every scenario that was last checked before a time, each in its own transaction.

    Of several processes, one at a time works.
    """
    async with engine.connect() as connection:
        scenarios = await store.list_due(connection, before=before)
    results = []
    for scenario in scenarios:
        async with engine.begin() as connection:
            if not await store.try_lock(connection):
                break
            results.append(await retrain_scenario(connection, scenario, promise, now=now))
    return results
