"""The model learns from verdicts as far as there are any."""

import numpy as np
import pytest

from api.accuracy.calibration import Judged, brier_score, fit, log_loss, sigmoid
from api.accuracy.score import Prior, probability

PRIOR = Prior()


def draw(n: int, shifts: list[float], seed: int = 1) -> Judged:
    random = np.random.default_rng(seed)
    cameras = random.integers(len(shifts), size=n)
    z = random.normal(0, 1.5, n)
    truths = random.random(n) < sigmoid(1.4 * z + 0.3 + np.array(shifts)[cameras])
    return Judged(z=z, cameras=cameras, truths=truths.astype(float))


def test_without_verdicts_it_is_the_prior() -> None:
    model = fit(draw(0, [0.0]), n_cameras=1, prior=PRIOR)

    for score in (0.3, 0.6, 0.9):
        z = np.log(score / (1 - score)) - np.log(PRIOR.usual_score / (1 - PRIOR.usual_score))
        fitted = model.probabilities(np.array([z]), np.array([0]))
        assert fitted[0] == pytest.approx(probability(score, PRIOR))


def test_with_many_verdicts_it_finds_the_truth() -> None:
    shifts = [-1.5, 0.0, 1.5]
    model = fit(draw(6000, shifts), n_cameras=3, prior=PRIOR)

    assert model.slope == pytest.approx(1.4, abs=0.15)
    found = model.intercept + model.shifts
    assert found == pytest.approx([0.3 + shift for shift in shifts], abs=0.3)


def test_a_camera_with_one_verdict_stays_near_the_others() -> None:
    judged = draw(2000, [0.0, 0.1, -0.1])
    one = Judged(
        z=np.append(judged.z, 0.0),
        cameras=np.append(judged.cameras, 3),
        truths=np.append(judged.truths, 0.0),
    )
    model = fit(one, n_cameras=4, prior=PRIOR)

    assert abs(model.shifts[3]) < 0.3
    unknown = model.probabilities(np.array([0.0]), np.array([-1]))[0]
    assert unknown == pytest.approx(sigmoid(np.array([model.intercept]))[0])


def test_verdicts_that_all_agree_do_not_make_certain() -> None:
    judged = Judged(z=np.linspace(-1, 1, 50), cameras=np.zeros(50, int), truths=np.ones(50))
    probabilities = fit(judged, n_cameras=1, prior=PRIOR).probabilities(judged.z, judged.cameras)

    assert np.isfinite(probabilities).all()
    assert 0.8 < probabilities.min() <= probabilities.max() < 1


def test_better_probabilities_have_lower_losses() -> None:
    truths = np.array([1.0, 0.0, 1.0])
    good, bad = np.array([0.9, 0.1, 0.8]), np.array([0.5, 0.5, 0.5])

    assert log_loss(good, truths) < log_loss(bad, truths)
    assert brier_score(good, truths) < brier_score(bad, truths) == 0.25
