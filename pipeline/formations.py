"""How places and velocities on the ground lie to each other; metres throughout."""

import math

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Index = NDArray[np.intp]

AWAY = 0.5
"""Cosine of how far a runner may turn from straight away: 60 degrees to either side."""


def groups(places: Numbers, radius: float) -> list[list[int]]:
    """Which places hang together, each within ``radius`` of its next; largest group first."""
    beside: list[list[int]] = [[] for _ in places]
    here, there = np.nonzero(distances(places) <= radius)
    for a, b in zip(here.tolist(), there.tolist(), strict=True):
        beside[a].append(b)
    left = set(range(len(places)))
    found = [_reached(first, beside, left) for first in range(len(places)) if first in left]
    return sorted(found, key=len, reverse=True)


def _reached(first: int, beside: list[list[int]], left: set[int]) -> list[int]:
    """Take out of ``left`` all that can be reached from one place, in order."""
    left.discard(first)
    group = [first]
    for one in group:  # grows while it is gone through
        fresh = [other for other in beside[one] if other in left]
        left.difference_update(fresh)
        group += fresh
    return sorted(group)


def densest(places: Numbers, radius: float) -> tuple[Index, float]:
    """Where the places are closest together.

    Returns:
        Those within ``radius`` of the one that has most around it, itself too, and how many
        others those are a square metre.
    """
    if not len(places):
        return np.zeros(0, np.intp), 0.0
    near = distances(places) <= radius
    middle = int(np.argmax(near.sum(axis=1)))
    around = np.flatnonzero(near[middle])
    return around, (len(around) - 1) / (math.pi * radius**2)


def parting(places: Numbers, velocities: Numbers, speed: float) -> Index:
    """Who runs, at least at ``speed``, away from the middle of all: the rays of a star."""
    if not len(places):
        return np.zeros(0, np.intp)
    out = places - np.median(places, axis=0)
    pace = np.linalg.norm(velocities, axis=1)
    outward = (out * velocities).sum(axis=1) > AWAY * pace * np.linalg.norm(out, axis=1)
    return np.flatnonzero((pace >= speed) & outward)


def spread(velocities: Numbers) -> float:
    """How differently all are headed: 0 for one way, 1 for every way."""
    pace = np.maximum(np.linalg.norm(velocities, axis=1, keepdims=True), 1e-9)
    return 1.0 - float(np.linalg.norm((velocities / pace).mean(axis=0))) if len(pace) else 0.0


def distances(places: Numbers) -> Numbers:
    """[n, n] from each to each."""
    across, down = (side[:, None] - side for side in places.T)
    return np.asarray(np.sqrt(across * across + down * down))
