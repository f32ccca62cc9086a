"""A threshold is accepted only if its precision has been shown."""

import numpy as np

from api.accuracy.learn_then_test import choose_threshold


def choose(probabilities: np.ndarray, truths: np.ndarray) -> float | None:
    return choose_threshold(probabilities, truths, precision=0.98, delta=0.1)


def test_few_verdicts_show_nothing() -> None:
    assert choose(np.full(200, 0.99), np.ones(200)) is None


def test_the_walk_ends_where_errors_begin() -> None:
    probabilities = np.concatenate([np.full(1000, 0.99), np.full(500, 0.8)])
    truths = np.concatenate([np.ones(1000), np.tile([1.0, 0.0], 250)])

    threshold = choose(probabilities, truths)

    assert threshold is not None
    assert 0.8 < threshold < 0.99


def test_more_errors_never_lower_the_threshold() -> None:
    random = np.random.default_rng(1)
    probabilities = random.beta(8, 1, 4000)
    truths = (random.random(4000) < probabilities**0.1).astype(float)
    worse = np.where(random.random(4000) < 0.01, 0.0, truths)

    first, second = choose(probabilities, truths), choose(probabilities, worse)

    assert first is not None
    assert second is None or second >= first
