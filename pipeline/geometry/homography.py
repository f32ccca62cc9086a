"""Between two planes: the map that carries points known on one to where they are on the other.

Normalised direct linear transformation: Hartley, In Defence of the Eight-Point Algorithm (1997);
algorithm 4.2 of Hartley and Zisserman, Multiple View Geometry (2004).
"""

import math

import numpy as np

from pipeline.geometry.boxes import FloatArray


def fit_homography(source: FloatArray, target: FloatArray) -> FloatArray:
    """Find the homography that carries ``source`` to ``target``.

    Exact for four points of which no three lie on a line; least squares for more.

    Args:
        source: [n, 2], at least four.
        target: [n, 2], in the same order.

    Returns:
        [3, 3], of any scale and sign.
    """
    before, after = _normaliser(source), _normaliser(target)
    (x, y), (u, v) = apply_homography(before, source).T, apply_homography(after, target).T
    one, none = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate(
        [
            np.stack([x, y, one, none, none, none, -u * x, -u * y, -u], axis=1),
            np.stack([none, none, none, x, y, one, -v * x, -v * y, -v], axis=1),
        ]
    )
    found = np.linalg.svd(rows)[2][-1].reshape(3, 3)
    return np.asarray(np.linalg.inv(after) @ found @ before)


def apply_homography(homography: FloatArray, points: FloatArray) -> FloatArray:
    """Carry points over: [n, 2]; none may lie on the line that goes to infinity."""
    x, y, w = homography @ np.append(points, np.ones((len(points), 1)), axis=1).T
    return np.stack([x / w, y / w], axis=1)


def _normaliser(points: FloatArray) -> FloatArray:
    """Move the middle to the origin, and make the mean distance from it the root of two."""
    middle = points.mean(axis=0)
    scale = math.sqrt(2) / max(float(np.linalg.norm(points - middle, axis=1).mean()), 1e-12)
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])
