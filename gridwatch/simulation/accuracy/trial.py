"""One run: fit, choose a threshold, estimate, and compare each result with the truth."""

from dataclasses import dataclass

import numpy as np

from api.accuracy.calibration import Calibration, fit, log_loss
from api.accuracy.drift import DriftDetector
from api.accuracy.estimates import FloatArray, Share, corrected_verdicts, estimate_share
from api.accuracy.learn_then_test import GRID, choose_threshold
from api.accuracy.sampling import NEW_CAMERA, SECOND_RATER_SHARE, inclusion_probability
from api.accuracy.score import Prior, Thresholds
from gridwatch.simulation.accuracy.world import BoolArray, World, WorldConfig

LEARNING_DAYS, AUDIT_DAYS, SERVICE_DAYS = 40, 20, 90
LONG_RUN_DAYS = 500
"""So many days of 40 cameras are the truth."""
MAX_SPREAD = 20.0
"""In logits; shifts of cameras that are not shrunk at all."""
DAYS = 365
DRIFT_AFTER_DAYS = 120
DRIFT_SHIFT = -1.5
"""Change of all scores, in standard deviations, as after a move of a camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What one run shows.

    Args:
        covered: For precision and recall, whether the interval contains the truth.
        has_threshold: Whether any threshold was shown to keep the promise.
        precision: True precision above the threshold; 1 without one, since nothing is pushed.
        recall: Share of true incidents above it.
        oracle_recall: The same if the world were known.
        log_loss: Of new incidents, by how the cameras are fitted.
        drift_alerts: Alerts from a change of scores to its detection.
        has_false_drift: Whether drift was found in a year without any.
    """

    covered: tuple[bool, bool]
    has_threshold: bool
    precision: float
    recall: float
    oracle_recall: float
    log_loss: dict[str, float]
    drift_alerts: int
    has_false_drift: bool


def run_trial(config: WorldConfig, *, precision: float, delta: float, seed: int) -> TrialResult:
    """Draw a world and try everything on it; equal seeds give equal results."""
    random = np.random.default_rng(seed)
    world, prior = World(config, random), Prior()
    learning = world.draw(LEARNING_DAYS)
    # Few verdicts of each camera, most of them on high scores.
    inclusion = np.clip(0.05 + 0.3 * (learning.z > 0), 0.0, 1.0)
    judged = learning.judged(world.rate(learning.truths), world.sample(inclusion))
    fits = {
        "shrunk": fit(judged, n_cameras=config.cameras, prior=prior),
        "pooled": fit(judged, n_cameras=config.cameras, prior=prior, spread=0.01),
        "separate": fit(judged, n_cameras=config.cameras, prior=prior, spread=MAX_SPREAD),
    }
    model = fits["shrunk"]
    threshold = _learn_threshold(world, model, precision=precision, delta=delta)
    push_from = 2.0 if threshold is None else threshold
    found = _estimate(world, model, push_from)
    long_run = world.draw(LONG_RUN_DAYS)
    pushed = model.probabilities(long_run.z, long_run.cameras) >= push_from
    truth = (_share(long_run.truths, pushed), _share(pushed.astype(float), long_run.truths > 0))
    losses = {
        name: log_loss(each.probabilities(long_run.z, long_run.cameras), long_run.truths)
        for name, each in fits.items()
    }
    return TrialResult(
        covered=(_contains(found[0], truth[0]), _contains(found[1], truth[1])),
        has_threshold=threshold is not None,
        precision=truth[0],
        recall=truth[1],
        oracle_recall=_oracle_recall(world.posterior(long_run), long_run.truths, precision),
        log_loss=losses,
        drift_alerts=_drift_delay(world, random),
        has_false_drift=_finds_drift_in_a_quiet_year(world, random),
    )


def _learn_threshold(
    world: World, model: Calibration, *, precision: float, delta: float
) -> float | None:
    """Choose the threshold on verdicts that were given twice and did not fit the calibration."""
    audit = world.draw(AUDIT_DAYS)
    return choose_threshold(
        model.probabilities(audit.z, audit.cameras),
        world.rate_twice(audit.truths),
        precision=precision,
        delta=delta,
    )


def _estimate(world: World, model: Calibration, push_from: float) -> tuple[Share, Share]:
    """Estimate precision and recall from audits that favour pushed incidents, by raters who err."""
    incidents = world.draw(SERVICE_DAYS)
    probabilities = model.probabilities(incidents.z, incidents.cameras)
    pushed = probabilities >= push_from
    thresholds = Thresholds(push=0.9, low=0.5)
    inclusion = np.array(
        [
            inclusion_probability(p, thresholds, camera_age=2 * NEW_CAMERA)
            for p in probabilities.tolist()
        ]
    )
    first = world.rate(incidents.truths)
    checked_share = np.where(first == 0, 1.0, SECOND_RATER_SHARE)
    checked = world.rate_again(first, incidents.truths)
    second = np.where(world.sample(checked_share), checked, np.nan)
    truths = corrected_verdicts(first, second, checked_share)
    drawn = world.sample(inclusion)
    w, y, d = 1 / inclusion[drawn], truths[drawn], pushed[drawn].astype(np.float64)
    clusters = np.unique(incidents.camera_days[drawn], return_inverse=True)[1]
    return (
        estimate_share(w * y * d, w * d, clusters),
        estimate_share(w * y * d, w * y, clusters),
    )


def _contains(interval: Share, truth: float) -> bool:
    return interval.low <= truth <= interval.high


def _share(values: FloatArray, of: BoolArray) -> float:
    return float(values[of].mean()) if of.any() else 1.0


def _oracle_recall(posterior: FloatArray, truths: FloatArray, precision: float) -> float:
    """Return the recall of the lowest threshold of the grid that keeps the precision in truth."""
    best = 0.0
    for threshold in GRID.tolist():
        pushed = posterior >= threshold
        if pushed.any() and truths[pushed].mean() >= precision:
            best = max(best, float(pushed[truths > 0].mean()))
    return best


def _drift_delay(world: World, random: np.random.Generator) -> int:
    """Return how many alerts of a camera after a change it is found."""
    detector = DriftDetector(values_per_year=world.config.per_day * DAYS)
    for value in world.draw(DRIFT_AFTER_DAYS, camera=0).z.tolist():
        detector.push(value, random.random())
    after = world.draw(DAYS, camera=0).z + DRIFT_SHIFT
    for n, value in enumerate(after.tolist(), start=1):
        if detector.push(value, random.random()):
            return n
    return len(after)


def _finds_drift_in_a_quiet_year(world: World, random: np.random.Generator) -> bool:
    detector = DriftDetector(values_per_year=world.config.per_day * DAYS)
    scores = world.draw(DAYS, camera=0).z.tolist()
    return any(detector.push(score, random.random()) for score in scores)
