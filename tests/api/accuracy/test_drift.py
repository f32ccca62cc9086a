"""A change is found, and chance is not mistaken for one."""

import numpy as np

from api.accuracy.drift import DriftDetector


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
