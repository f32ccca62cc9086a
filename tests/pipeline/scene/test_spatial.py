"""Groups, density and dispersion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.geometry.grouping import connected_groups
from pipeline.scene.spatial import (
    densest,
    dispersing,
    heading_dispersion,
    pairwise_distances,
)

SQUARE = np.array([(x, y) for x in range(5) for y in range(5)], np.float64)
STAR = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)], np.float64)
NOBODY = np.zeros((0, 2))


def test_density_is_that_of_a_lawn_of_people() -> None:
    group, per_m2 = densest(pairwise_distances(SQUARE), 2.0)

    assert len(group) == 13
    assert per_m2 == pytest.approx(1, abs=0.1)


def test_half_the_spacing_is_four_times_the_density() -> None:
    _, per_m2 = densest(pairwise_distances(np.concatenate([SQUARE, SQUARE + 5]) / 2), 1.0)

    assert per_m2 == pytest.approx(4, abs=0.4)


def test_one_person_has_no_density() -> None:
    assert densest(pairwise_distances(SQUARE[:1]), 2.0)[1] == 0


def test_no_positions_form_no_group() -> None:
    assert connected_groups(pairwise_distances(NOBODY) <= 1) == []
    assert densest(pairwise_distances(NOBODY), 1)[1] == 0
    assert len(dispersing(NOBODY, NOBODY, 2)) == 0
    assert heading_dispersion(NOBODY) == 0


def test_a_star_disperses_and_a_column_does_not() -> None:
    assert len(dispersing(STAR * 5, STAR * 3, 2.0)) == 4
    assert len(dispersing(STAR * 5, np.tile([3.0, 0.0], (4, 1)), 2.0)) == 1


def test_walking_people_do_not_disperse() -> None:
    assert len(dispersing(STAR * 5, STAR * 1.4, 2.0)) == 0


def test_heading_dispersion_is_zero_in_a_column_and_one_in_a_star() -> None:
    assert heading_dispersion(np.tile([3.0, 0.0], (4, 1))) == pytest.approx(0)
    assert heading_dispersion(STAR) == pytest.approx(1)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_groups_are_all_that_can_be_reached_step_by_step(spots: list[tuple[int, int]]) -> None:
    places = np.array(spots, np.float64).reshape(-1, 2)
    reached = pairwise_distances(places) <= 1.5
    groups = connected_groups(reached)
    for _ in spots:
        reached = reached @ reached
    each = sorted({tuple(row.nonzero()[0].tolist()) for row in reached})

    assert sorted(map(tuple, groups)) == each
    assert [len(group) for group in groups] == sorted(map(len, groups), reverse=True)
