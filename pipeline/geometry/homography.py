"""Homographies: maps of points from one plane to another.

Normalised direct linear transformation: Hartley, In Defence of the Eight-Point Algorithm (1997);
algorithm 4.2 of Hartley and Zisserman, Multiple View Geometry (2004).
"""

import math

import numpy as np

from pipeline.geometry.boxes import FloatArray


def fit_homography(source: FloatArray, target: FloatArray) -> FloatArray:
    """Fit the homography that maps ``source`` to ``target``.

    Exact for four points of which no three lie on a line; least squares for more.

    Args:
        source: [n, 2], at least four.
        target: [n, 2], in the same order.

    Returns:
        [3, 3], of any scale and sign.
    """
    normalise_source, normalise_target = _normaliser(source), _normaliser(target)
    x, y = apply_homography(normalise_source, source).T
    u, v = apply_homography(normalise_target, target).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate(
        [
            np.stack([x, y, one, zero, zero, zero, -u * x, -u * y, -u], axis=1),
            np.stack([zero, zero, zero, x, y, one, -v * x, -v * y, -v], axis=1),
        ]
    )
    solution = np.linalg.svd(rows)[2][-1].reshape(3, 3)
    return np.asarray(np.linalg.inv(normalise_target) @ solution @ normalise_source)


def apply_homography(homography: FloatArray, points: FloatArray) -> FloatArray:
    """Map points: [n, 2]; none may lie on the line that is mapped to infinity."""
    x, y, w = homography @ np.append(points, np.ones((len(points), 1)), axis=1).T
    return np.stack([x / w, y / w], axis=1)


def _normaliser(points: FloatArray) -> FloatArray:
    """Return the map that moves the centroid to the origin and the mean distance to sqrt(2)."""
    centre = points.mean(axis=0)
    scale = math.sqrt(2) / max(float(np.linalg.norm(points - centre, axis=1).mean()), 1e-12)
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1]])
