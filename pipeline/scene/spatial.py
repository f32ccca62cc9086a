"""Groups, density and dispersion of positions on the ground; metres throughout."""

import math

import numpy as np

from pipeline.geometry.boxes import FloatArray, IndexArray

MIN_OUTWARD_COSINE = 0.5
"""How far a runner's heading may deviate from straight outward: 60 degrees to either side."""


def densest(distances: FloatArray, radius: float) -> tuple[IndexArray, float]:
    """Find the position with most others within ``radius``.

    Args:
        distances: [n, n] in the unit of ``radius``.
        radius: Of the circle.

    Returns:
        The positions within the circle, the centre included, and how many others it holds per
        square unit.
    """
    if not len(distances):
        return np.zeros(0, np.intp), 0.0
    near = distances <= radius
    centre = int(np.argmax(near.sum(axis=1)))
    group = np.flatnonzero(near[centre])
    return group, (len(group) - 1) / (math.pi * radius**2)


def dispersing(positions: FloatArray, velocities: FloatArray, min_speed: float) -> IndexArray:
    """Return which positions move at ``min_speed`` or more away from the median of all."""
    if not len(positions):
        return np.zeros(0, np.intp)
    speeds = np.linalg.norm(velocities, axis=1)
    outward = positions - np.median(positions, axis=0)
    along = (outward * velocities).sum(axis=1)
    is_outward = along > MIN_OUTWARD_COSINE * speeds * np.linalg.norm(outward, axis=1)
    return np.flatnonzero((speeds >= min_speed) & is_outward)


def heading_dispersion(velocities: FloatArray) -> float:
    """Return the circular variance of headings: 0 for one direction, 1 for all directions."""
    if not len(velocities):
        return 0.0
    speeds = np.maximum(np.linalg.norm(velocities, axis=1, keepdims=True), 1e-9)
    return 1.0 - float(np.linalg.norm((velocities / speeds).mean(axis=0)))


def pairwise_distances(positions: FloatArray) -> FloatArray:
    """Return the distance of every position to every other: [n, n]."""
    distances, dy = (np.subtract.outer(side, side) for side in positions.T)
    distances *= distances
    dy *= dy
    distances += dy
    return np.asarray(np.sqrt(distances, out=distances))
