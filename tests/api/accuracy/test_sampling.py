"""Every incident has a known chance of an audit."""

from datetime import timedelta
from uuid import UUID

import pytest

from api.accuracy.sampling import inclusion_probability, is_drawn
from api.accuracy.score import Thresholds

OLD, NEW = timedelta(days=30), timedelta(days=3)


@pytest.mark.parametrize(
    ("probability", "camera_age", "inclusion"),
    [(0.95, OLD, 0.05), (0.1, OLD, 0.03), (0.7, OLD, 0.2), (0.1, NEW, 1.0)],
)
def test_more_is_drawn_near_the_threshold_and_of_new_cameras(
    probability: float, camera_age: timedelta, inclusion: float
) -> None:
    drawn = inclusion_probability(probability, Thresholds(), camera_age=camera_age)

    assert drawn == inclusion


def test_as_many_are_drawn_as_was_said_and_always_the_same() -> None:
    ids = [UUID(int=n) for n in range(4000)]
    drawn = [each for each in ids if is_drawn(each, 0.05)]

    assert 150 < len(drawn) < 250
    assert all(is_drawn(each, 0.05) for each in drawn)
    assert all(is_drawn(each, 0.2) for each in drawn)
