"""The shape of a frame, in which distances are fractions of its height.

Coordinates are fractions of the width and of the height; a distance needs one unit for both.
"""

import math
from dataclasses import dataclass

import numpy as np

from pipeline.geometry.boxes import FloatArray
from pipeline.geometry.shapes import Line, Point, as_array


@dataclass(frozen=True, slots=True)
class FrameGeometry:
    """Measures distances in a frame.

    Args:
        aspect: Width of the frame over its height.
    """

    aspect: float = 16 / 9

    @classmethod
    def of(cls, width: int, height: int) -> "FrameGeometry":
        """Return the geometry of a frame of ``width`` x ``height`` pixels."""
        return cls(width / height)

    def distance(self, a: Point, b: Point) -> float:
        """Return the distance of two points, fractions of the frame height."""
        return math.hypot((a.x - b.x) * self.aspect, a.y - b.y)

    def length(self, vector: Point) -> float:
        """Return the length of a vector, such as a velocity, fractions of the frame height."""
        return math.hypot(vector.x * self.aspect, vector.y)

    def signed_distances(self, line: Line, points: FloatArray) -> FloatArray:
        """Return how far each point is on the right of the infinite line, which is the inside.

        Args:
            line: From its start to its end.
            points: [n, 2].

        Returns:
            [n] fractions of the frame height; negative on the left.
        """
        dx, dy = (line.end.x - line.start.x) * self.aspect, line.end.y - line.start.y
        normal = np.array([-dy * self.aspect, dx]) / math.hypot(dx, dy)
        start = as_array([line.start])[0]
        return np.asarray(as_array(points) @ normal - start @ normal)

    def position_along(self, line: Line, point: Point) -> float:
        """Return where the projection of a point lies on a line: 0 at its start, 1 at its end."""
        dx, dy = (line.end.x - line.start.x) * self.aspect, line.end.y - line.start.y
        x, y = (point.x - line.start.x) * self.aspect, point.y - line.start.y
        return (x * dx + y * dy) / math.hypot(dx, dy) ** 2


WIDESCREEN = FrameGeometry()
"""16:9, used until the first frame arrives."""
