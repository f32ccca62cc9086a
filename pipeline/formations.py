"""How places and velocities on the ground lie to each other; metres throughout."""

import math

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Index = NDArray[np.intp]

AWAY = 0.5
"""Cosine of how far a runner may turn from straight away: 60 degrees to either side."""


def groups(places: Numbers, radius: float) -> list[list[int]]:
    """Which places hang together, each within ``radius`` of its next; largest group first.

    Everybody takes over the lowest number around him until nothing changes.
    """
    if not len(places):
        return []
    near = distances(places) <= radius
    lowest = np.arange(len(places))
    before = np.full_like(lowest, -1)
    while not np.array_equal(lowest, before):
        before = lowest
        around = np.where(near, lowest, len(places)).min(axis=1)
        lowest = around[around]  # and that of the one he took it from
    found: dict[int, list[int]] = {}
    for number, group in enumerate(lowest.tolist()):
        found.setdefault(group, []).append(number)
    return sorted(found.values(), key=len, reverse=True)


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


def parting(places: Numbers, velocities: Numbers, speed: float, *, least: int = 1) -> Index:
    """Who runs, at least at ``speed``, away from the middle of all: the rays of a star.

    Nobody where fewer than ``least`` run, whatever their way.
    """
    pace = np.linalg.norm(velocities, axis=1)
    if np.count_nonzero(pace >= speed) < max(least, 1):
        return np.zeros(0, np.intp)
    out = places - np.median(places, axis=0)
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
