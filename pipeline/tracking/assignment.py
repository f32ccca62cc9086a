"""Which boxes of one frame go on in the next: how much two overlap, and which pairs are best."""

from dataclasses import dataclass
from typing import Any, Self

import lap
import numpy as np
from numpy.typing import NDArray

Corners = NDArray[np.floating[Any]]
Numbers = NDArray[np.float64]
Index = NDArray[np.intp]
Kinds = NDArray[np.int64]
APART = 8.0
"""Width of the strip of a kind: more than the widest box in it, widened."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Which of some boxes lie over which of others, and what part of both is in both.

    Args:
        rows: [n] of the ones.
        columns: [n] of the others.
        ious: [n] intersection over union, above 0.
    """

    rows: Index
    columns: Index
    ious: Numbers

    def select(self, keep: NDArray[np.bool_] | Index) -> Self:
        """Keep some."""
        return type(self)(self.rows[keep], self.columns[keep], self.ious[keep])

    def max_weight(self) -> Self:
        """Put each box in one pair at most, so that the sum of the overlaps is largest.

        Who overlaps more than all together that stand in his way belongs to a best choice;
        only the others, few in most frames, have to be weighed against each other.
        """
        if not len(self.rows):
            return self
        of_row = np.bincount(self.rows, self.ious)
        of_column = np.bincount(self.columns, self.ious)
        sure = 3 * self.ious > of_row[self.rows] + of_column[self.columns]
        of_row[self.rows[sure]] = of_column[self.columns[sure]] = 0.0
        contested = ((of_row[self.rows] > 0) & (of_column[self.columns] > 0)).nonzero()[0]
        if len(contested):
            sure[contested] = _weighed(self.select(contested))
        return self.select(sure)


def _weighed(near: Matches) -> NDArray[np.bool_]:
    """Which pairs are in a best choice, all weighed together (Jonker and Volgenant, 1987)."""
    (tall, rows), (wide, columns) = _counted(near.rows), _counted(near.columns)
    cost = np.zeros((max(tall, wide),) * 2)
    cost[rows, columns] = -near.ious
    taken, _ = lap.lapjv(cost, return_cost=False)
    return np.asarray(taken[rows] == columns)


def _counted(numbers: Index) -> tuple[int, Index]:
    """How many different numbers there are, and each as its place among them."""
    places = np.zeros(int(numbers.max()) + 1, np.intp)
    places[numbers] = 1
    places = places.cumsum()
    return int(places[-1]), places[numbers] - 1


def find_matches(
    some: Numbers, others: Numbers, *, classes: tuple[Kinds, Kinds], buffer: float = 0.0
) -> Matches:
    """Find which of ``some`` lie over which of ``others``, all widened by ``buffer``.

    Args:
        some: [n, 4] left, top, right, bottom.
        others: [m, 4].
        classes: [n] and [m]; boxes of two kinds are no pair.
        buffer: On each side, in parts of their size.
    """
    a, b = _widened(some, buffer), _widened(others, buffer)
    # Each kind lies in a strip of its own: one comparison of edges leaves few pairs to look at.
    here, there = (kind[:, None] * APART for kind in classes)
    low = np.maximum(a[:, :1] + here, (b[:, :1] + there).T)
    far = np.minimum(a[:, 2:3] + here, (b[:, 2:3] + there).T)
    rows, columns = (far > low).nonzero()
    areas_a, areas_b = _areas(a), _areas(b)
    over, under = a[rows], b[columns]
    sides = np.minimum(over[:, 2:], under[:, 2:]) - np.maximum(over[:, :2], under[:, :2])
    np.maximum(sides, 0.0, out=sides)
    shared = sides[:, 0] * sides[:, 1]
    together = areas_a[rows] + areas_b[columns] - shared
    return Matches(rows, columns, shared / together).select(shared > 0)


def iou_matrix(some: Numbers, others: Numbers, *, buffer: float = 0.0) -> Numbers:
    """Intersection over union of each with each, all widened by ``buffer`` of their size.

    Args:
        some: [n, 4] left, top, right, bottom.
        others: [m, 4].
        buffer: On each side.

    Returns:
        [n, m], 0 to 1.
    """
    kinds = np.zeros(len(some), np.int64), np.zeros(len(others), np.int64)
    near = find_matches(some, others, classes=kinds, buffer=buffer)
    each = np.zeros((len(some), len(others)))
    each[near.rows, near.columns] = near.ious
    return each


def intersects(some: Corners, others: Corners) -> NDArray[np.bool_]:
    """Tell which boxes share anything with which others: [n, 4] and [m, 4] of corners, [n, m]."""
    low = some[:, None, :2] < others[None, :, 2:]
    high = others[None, :, :2] < some[:, None, 2:]
    return np.asarray((low & high).all(axis=2))


def assign(near: Numbers, least: float) -> tuple[Index, Index]:
    """Pair rows with columns so that the sum is largest; pairs below ``least`` are left out."""
    rows, columns = (near >= least).nonzero()
    best = Matches(rows, columns, near[rows, columns]).max_weight()
    return best.rows, best.columns


def _widened(edges: Numbers, margin: float) -> Numbers:
    by = (edges[:, 2:] - edges[:, :2]) * margin
    widened = edges.copy()
    widened[:, :2] -= by
    widened[:, 2:] += by
    return widened


def _areas(edges: Numbers) -> Numbers:
    return np.asarray((edges[:, 2] - edges[:, 0]) * (edges[:, 3] - edges[:, 1]))
