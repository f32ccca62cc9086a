"""Match boxes of two frames so that the sum of their IoUs is largest."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import lap
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.boxes import BoolArray, FloatArray, IndexArray

Classes = NDArray[np.float64]
CLASS_OFFSET = 8.0
"""Distance by which boxes of different classes are moved apart: wider than any buffered box."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Candidate pairs of boxes and their IoU.

    Args:
        rows: [n] index of the first box.
        columns: [n] index of the second box.
        ious: [n] above 0.
    """

    rows: IndexArray
    columns: IndexArray
    ious: FloatArray

    def select(self, keep: BoolArray | IndexArray) -> Self:
        """Return the pairs chosen by a mask or by index."""
        index = keep.nonzero()[0] if keep.dtype == np.bool_ else keep
        return type(self)(self.rows.take(index), self.columns.take(index), self.ious.take(index))

    def max_weight(self) -> Self:
        """Return a one-to-one assignment with the largest sum of IoUs.

        A pair whose IoU exceeds the sum of all pairs that compete with it is part of an optimal
        assignment; only the remaining ones, few in most frames, are solved together.
        """
        if not len(self.rows):
            return self
        of_row = np.bincount(self.rows, self.ious)
        of_column = np.bincount(self.columns, self.ious)
        chosen = 3 * self.ious > of_row.take(self.rows) + of_column.take(self.columns)
        if chosen.all():
            return self
        of_row[self.rows[chosen]] = of_column[self.columns[chosen]] = 0.0
        is_contested = (of_row.take(self.rows) > 0) & (of_column.take(self.columns) > 0)
        contested = is_contested.nonzero()[0]
        if len(contested):
            chosen[contested] = _solve(self.select(contested))
        return self.select(chosen)


NO_MATCHES = Matches(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0))


def _solve(matches: Matches) -> BoolArray:
    """Return which pairs an optimal assignment holds (Jonker and Volgenant, 1987)."""
    (height, rows), (width, columns) = _compact(matches.rows), _compact(matches.columns)
    cost = np.zeros((max(height, width),) * 2)
    cost[rows, columns] = -matches.ious
    column_of_row, _ = lap.lapjv(cost, return_cost=False)
    return np.asarray(column_of_row[rows] == columns)


def _compact(numbers: IndexArray) -> tuple[int, IndexArray]:
    """Renumber to 0, 1, 2 …; return how many different numbers there are, and the new ones."""
    ranks = np.zeros(int(numbers.max()) + 1, np.intp)
    ranks[numbers] = 1
    ranks = ranks.cumsum()
    return int(ranks[-1]), ranks[numbers] - 1


def find_matches(
    corners: FloatArray,
    others: FloatArray,
    *,
    classes: tuple[Classes, Classes],
    buffer: float = 0.0,
) -> Matches:
    """Find all pairs of boxes of one class that overlap after buffering.

    Args:
        corners: [4, n] left, top, right, bottom of boxes with an area.
        others: [4, m].
        classes: [n] and [m].
        buffer: Boxes are widened on each side by this share of their size first.
    """
    count = others.shape[1]
    if not corners.shape[1] or not count:
        return NO_MATCHES
    widening = _widening(buffer)
    a, b = widening @ corners, widening @ others
    # Each class is shifted to its own strip, so that one comparison of edges rules out most pairs.
    shift_a, shift_b = (numbers * CLASS_OFFSET for numbers in classes)
    low = np.maximum.outer(a[0] + shift_a, b[0] + shift_b)
    high = np.minimum.outer(a[2] + shift_a, b[2] + shift_b)
    pairs: IndexArray = (high > low).ravel().nonzero()[0]
    rows, columns = pairs // count, pairs % count
    a, b = a.take(rows, 1), b.take(columns, 1)
    shared: FloatArray = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    near = (shared[1] > 0).nonzero()[0]
    a, b, shared = a.take(near, 1), b.take(near, 1), shared.take(near, 1)
    sides_a, sides_b = a[2:] - a[:2], b[2:] - b[:2]
    common = shared[0] * shared[1]
    ious = common / (sides_a[0] * sides_a[1] + sides_b[0] * sides_b[1] - common)
    return Matches(rows.take(near), columns.take(near), ious)


@lru_cache(maxsize=16)
def _widening(buffer: float) -> FloatArray:
    """Return the matrix that widens left, top, right, bottom by a share of the size."""
    sides = np.array([[1 + buffer, -buffer], [-buffer, 1 + buffer]], np.float64)
    return np.asarray(np.kron(sides, np.eye(2)), np.float64)


def assign(ious: FloatArray, threshold: float) -> tuple[IndexArray, IndexArray]:
    """Assign rows to columns of an IoU matrix; pairs below ``threshold`` are excluded."""
    rows, columns = (ious >= threshold).nonzero()
    best = Matches(rows, columns, ious[rows, columns]).max_weight()
    return best.rows, best.columns
