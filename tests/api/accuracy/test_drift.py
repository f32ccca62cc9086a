"""A change is found, and chance is not mistaken for one."""

import numpy as np

from api.accuracy.drift import Cusum, DriftDetector


def test_a_change_of_all_scores_is_found_within_fifty_alerts() -> None:
    random = np.random.default_rng(1)
    detector = DriftDetector(values_per_year=1500)
    before, after = random.normal(0, 1, 600), random.normal(-1.5, 1, 50)

    assert not any(detector.push(value, random.random()) for value in before)
    assert any(detector.push(value, random.random()) for value in after)
    assert detector.evidence >= 1


def test_equal_values_are_no_change() -> None:
    random = np.random.default_rng(2)
    detector = DriftDetector(values_per_year=1500)

    assert not any(detector.push(0.5, random.random()) for _ in range(1500))


def test_the_sums_grow_to_the_side_of_the_change() -> None:
    cusum = Cusum()
    for residual in (0.1, -0.1, -0.8, -0.9, -0.7):
        cusum.push(residual)

    assert cusum.high == 0
    assert cusum.low > 2
