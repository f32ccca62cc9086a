"""A calibration is shipped only if it is better on the newest week, on which it was not fitted."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from api.accuracy.fitting.columns import ReviewedColumns
from api.accuracy.fitting.fit_scenario import MIN_NEWEST, ShipReason, fit_scenario
from api.accuracy.fitting.scoring import CameraKey, FitKey
from tests.api.alerts import NOON

KEY = FitKey("crowd_gathering", 1, "net@12")
CAMERAS = [CameraKey("demo/market/box-1", f"camera-{n}") for n in range(10)]


def reviewed(n: int = 4000, *, days: int = 40) -> ReviewedColumns:
    """Draw judged incidents of ten cameras whose share of true ones differs."""
    random = np.random.default_rng(1)
    numbers = random.integers(0, len(CAMERAS), n)
    logits = np.log(0.3 / 0.7) + np.linspace(-1.5, 1.5, len(CAMERAS))[numbers]
    truths = (random.random(n) < 1 / (1 + np.exp(-logits))).astype(float)
    return ReviewedColumns(
        key=KEY,
        cameras=CAMERAS,
        z=2.0 * (truths - 0.5) + random.standard_normal(n),
        numbers=numbers,
        truths=truths,
        opened=NOON.timestamp() - random.random(n) * timedelta(days=days).total_seconds(),
        tests=random.random(n) < 0.5,
        audited=np.ones(n, dtype=bool),
        luck=random.random(n),
    )


def test_a_better_calibration_is_shipped_and_the_same_is_not_shipped_again() -> None:
    group = reviewed()

    first = fit_scenario([group], {}, version=1, now=NOON)
    again = fit_scenario([group], first.fits, version=2, now=NOON)

    assert first.is_shipped
    assert first.comparison.brier_new < first.comparison.brier_old  # type: ignore[operator]
    assert first.comparison.log_loss_new < first.comparison.log_loss_old  # type: ignore[operator]
    assert again.reason is ShipReason.NOT_BETTER
    shifts = [first.fits[KEY].shifts.get(camera, 0.0) for camera in CAMERAS]
    assert shifts[0] < -0.5 < 0.5 < shifts[-1]


def test_the_newest_week_and_the_kept_camera_days_fit_nothing() -> None:
    group = reviewed()
    week_ago = (NOON - timedelta(days=7)).timestamp()
    is_hidden = group.tests | (group.opened >= week_ago)
    spoiled = replace(group, truths=np.where(is_hidden, 1 - group.truths, group.truths))

    fits = [fit_scenario([each], {}, version=1, now=NOON).fits[KEY] for each in (group, spoiled)]

    assert fits[0] == fits[1]


@pytest.mark.parametrize(
    ("n", "days", "reason"),
    [(60, 400, ShipReason.TOO_FEW_NEW), (200, 5, ShipReason.NOTHING_TO_FIT)],
)
def test_without_enough_verdicts_nothing_is_shipped(n: int, days: int, reason: ShipReason) -> None:
    fitted = fit_scenario([reviewed(n, days=days)], {}, version=1, now=NOON)

    assert (fitted.reason, fitted.is_shipped) == (reason, False)


def test_reliability_counts_every_verdict_of_the_newest_week() -> None:
    fitted = fit_scenario([reviewed()], {}, version=1, now=NOON)

    assert sum(bin_.n for bin_ in fitted.reliability) == fitted.comparison.n > MIN_NEWEST
    for bin_ in fitted.reliability:
        assert bin_.low <= bin_.mean <= bin_.high
        assert abs(bin_.n_true / bin_.n - bin_.mean) < 0.25
