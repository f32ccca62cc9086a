"""IoU and assignment of boxes."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from pipeline.geometry.shapes import Box
from pipeline.tracking.assignment import assign, find_matches
from tests.pipeline.strategies import boxes

KIND = np.zeros(2)


def test_iou_is_one_with_itself_and_zero_without_overlap() -> None:
    here, there = [0.1, 0.1, 0.3, 0.3], [0.5, 0.5, 0.6, 0.6]
    near = find_matches(np.array([here]).T, np.array([here, there]).T, classes=(KIND[:1], KIND))

    assert (near.rows.tolist(), near.columns.tolist()) == ([0], [0])
    assert near.ious == pytest.approx([1])


def test_boxes_of_two_classes_never_match() -> None:
    wide = np.array([[0.0, 0.0, 1.0, 1.0]]).T

    assert not len(find_matches(wide, wide, classes=(KIND[:1], KIND[:1] + 1), buffer=1).rows)


@given(st.lists(boxes(), max_size=6), st.lists(boxes(), max_size=6), st.floats(0, 0.5))
def test_matches_have_the_iou_of_their_boxes(
    some: list[Box], others: list[Box], margin: float
) -> None:
    kinds = np.zeros(len(some)), np.zeros(len(others))
    near = find_matches(edges_of(some), edges_of(others), classes=kinds, buffer=margin)
    ious = np.zeros((len(some), len(others)))
    ious[near.rows, near.columns] = near.ious

    each = [[overlap(wider(a, margin), wider(b, margin)) for b in others] for a in some]
    assert ious.ravel() == pytest.approx(np.array(each).ravel())


def edges_of(some: list[Box]) -> NDArray[np.float64]:
    return np.array([(b.x, b.y, b.right, b.bottom) for b in some]).reshape(-1, 4).T


def wider(box: Box, margin: float) -> tuple[float, float, float, float]:
    across, down = box.w * margin, box.h * margin
    return box.x - across, box.y - down, box.right + across, box.bottom + down


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    sides = [min(a[i + 2], b[i + 2]) - max(a[i], b[i]) for i in (0, 1)]
    both = max(sides[0], 0) * max(sides[1], 0)
    areas = ((each[2] - each[0]) * (each[3] - each[1]) for each in (a, b))
    return both / (sum(areas) - both)


@given(
    near=st.tuples(st.integers(0, 5), st.integers(0, 5)).flatmap(
        lambda shape: arrays(np.float64, shape, elements=st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9]))
    )
)
def test_no_other_assignment_has_a_larger_sum(near: NDArray[np.float64]) -> None:
    rows, columns = assign(near, 0.3)
    worth = np.where(near >= 0.3, near, 0.0)
    tall, wide = near.shape
    lesser, more = (worth, range(wide)) if tall <= wide else (worth.T, range(tall))
    best = max(sum(lesser[range(len(lesser)), list(p)]) for p in permutations(more, len(lesser)))

    assert (near[rows, columns] >= 0.3).all()
    assert len({*rows}) == len({*columns}) == len(rows)
    assert near[rows, columns].sum() == pytest.approx(best)


def test_a_box_gives_up_its_best_match_for_a_larger_sum() -> None:
    rows, columns = assign(np.array([[0.9, 0.8], [0.8, 0.0]]), 0.1)

    assert list(zip(rows, columns, strict=True)) == [(0, 1), (1, 0)]
