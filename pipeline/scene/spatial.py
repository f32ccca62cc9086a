"""How places and velocities on the ground lie to each other; metres throughout."""

import math

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Index = NDArray[np.intp]

AWAY = 0.5
"""Cosine of how far a runner may turn from straight away: 60 degrees to either side."""


def connected_groups(near: NDArray[np.bool_]) -> list[list[int]]:
    """Which places hang together, each near its next; largest group first.

    Args:
        near: [n, n]
    """
    packed = np.packbits(near, axis=1, bitorder="little")
    around = [int.from_bytes(row.tobytes(), "little") for row in packed]  # a bit for each place
    left, found = (1 << len(around)) - 1, list[list[int]]()
    while left:
        reached, group = left & -left, list[int]()
        left ^= reached
        while reached:
            last = reached.bit_length() - 1
            group.append(last)
            fresh = around[last] & left
            left ^= fresh
            reached ^= (1 << last) | fresh
        found.append(sorted(group))
    return sorted(found, key=len, reverse=True)


def densest(apart: Numbers, radius: float) -> tuple[Index, float]:
    """Where the places are closest together.

    Args:
        apart: [n, n] from each to each, in the unit of ``radius``.

    Returns:
        Those within ``radius`` of the one that has most around it, itself too, and how many
        others those are a square metre.
    """
    if not len(apart):
        return np.zeros(0, np.intp), 0.0
    near = apart <= radius
    middle = int(np.argmax(near.sum(axis=1)))
    around = np.flatnonzero(near[middle])
    return around, (len(around) - 1) / (math.pi * radius**2)


def dispersing(places: Numbers, velocities: Numbers, speed: float) -> Index:
    """Who runs, at least at ``speed``, away from the middle of all: the rays of a star."""
    if not len(places):
        return np.zeros(0, np.intp)
    pace = np.linalg.norm(velocities, axis=1)
    out = places - np.median(places, axis=0)
    outward = (out * velocities).sum(axis=1) > AWAY * pace * np.linalg.norm(out, axis=1)
    return np.flatnonzero((pace >= speed) & outward)


def heading_dispersion(velocities: Numbers) -> float:
    """How differently all are headed: 0 for one way, 1 for every way."""
    pace = np.maximum(np.linalg.norm(velocities, axis=1, keepdims=True), 1e-9)
    return 1.0 - float(np.linalg.norm((velocities / pace).mean(axis=0))) if len(pace) else 0.0


def distances(places: Numbers) -> Numbers:
    """[n, n] from each to each."""
    across, down = (np.subtract.outer(side, side) for side in places.T)
    across *= across
    down *= down
    across += down
    return np.asarray(np.sqrt(across, out=across))
