"""Match boxes of two frames so that the sum of their IoUs is largest."""

from dataclasses import dataclass
from typing import Self

import lap
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.boxes import BoolArray, FloatArray, IndexArray, buffered, paired_iou

Classes = NDArray[np.int64]
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
        return type(self)(self.rows[keep], self.columns[keep], self.ious[keep])

    def max_weight(self) -> Self:
        """Return a one-to-one assignment with the largest sum of IoUs.

        A pair whose IoU exceeds the sum of all pairs that compete with it is part of an optimal
        assignment; only the remaining ones, few in most frames, are solved together.
        """
        if not len(self.rows):
            return self
        of_row = np.bincount(self.rows, self.ious)
        of_column = np.bincount(self.columns, self.ious)
        chosen = 3 * self.ious > of_row[self.rows] + of_column[self.columns]
        of_row[self.rows[chosen]] = of_column[self.columns[chosen]] = 0.0
        contested = ((of_row[self.rows] > 0) & (of_column[self.columns] > 0)).nonzero()[0]
        if len(contested):
            chosen[contested] = _solve(self.select(contested))
        return self.select(chosen)


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
    boxes: FloatArray, others: FloatArray, *, classes: tuple[Classes, Classes], buffer: float = 0.0
) -> Matches:
    """Find all pairs of boxes of one class that overlap after buffering.

    Args:
        boxes: [n, 4] left, top, right, bottom.
        others: [m, 4].
        classes: [n] and [m].
        buffer: Both are widened first; see ``buffered``.
    """
    a, b = buffered(boxes, buffer), buffered(others, buffer)
    # Each class is shifted to its own strip, so that one comparison of edges rules out most pairs.
    shift_a, shift_b = (numbers[:, None] * CLASS_OFFSET for numbers in classes)
    low = np.maximum(a[:, :1] + shift_a, (b[:, :1] + shift_b).T)
    high = np.minimum(a[:, 2:3] + shift_a, (b[:, 2:3] + shift_b).T)
    rows, columns = (high > low).nonzero()
    ious = paired_iou(a[rows], b[columns])
    return Matches(rows, columns, ious).select(ious > 0)


def assign(ious: FloatArray, threshold: float) -> tuple[IndexArray, IndexArray]:
    """Assign rows to columns of an IoU matrix; pairs below ``threshold`` are excluded."""
    rows, columns = (ious >= threshold).nonzero()
    best = Matches(rows, columns, ious[rows, columns]).max_weight()
    return best.rows, best.columns
