"""Where tracks are on the ground and how they move: worked out for a whole frame at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.ground import Ground
from pipeline.sizes import metres_high
from pipeline.track import Track

Numbers = NDArray[np.float64]
AHEAD = 0.2
"""Seconds over which a speed in the frame becomes one on the ground."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Numbers in metres, a row for each track.

    Args:
        standing: [n] how tall somebody who stands there looks, in heights of the frame.
        places: [n, 2] metres to the right of the camera and away from it.
        velocities: [n, 2] metres a second to the right and away; where the ground is not
            marked, for all but people by their own size to the right and up.
        paces: [n] metres a second.
    """

    standing: Numbers
    places: Numbers
    velocities: Numbers
    paces: Numbers

    @classmethod
    def of(cls, tracks: Sequence[Track], boxes: Numbers, ground: Ground) -> Self:
        """Work them out; ``boxes`` are those of the tracks."""
        feet = feet_of(boxes)
        motion = np.array([track.motion for track in tracks], np.float64).reshape(-1, 2)
        places = ground.places(feet)
        on_ground = (ground.places(feet + AHEAD * motion) - places) / AHEAD
        metres = np.array([metres_high(track.label) for track in tracks], np.float64)
        by_size = motion * (ground.aspect, -1.0) * (metres / boxes[:, 3])[:, None]
        marked = ground.is_marked
        there = np.array([marked or track.label == "person" for track in tracks], np.bool_)
        velocities = np.where(there[:, None], on_ground, by_size)
        paces = np.asarray(np.hypot(*velocities.T))
        return cls(ground.heights(feet), places, velocities, paces)

    def only(self, rows: Sequence[int]) -> Self:
        """Keep some rows, in their order."""
        at = np.asarray(rows, np.intp)
        return type(self)(self.standing[at], self.places[at], self.velocities[at], self.paces[at])


def boxes_of(tracks: Sequence[Track]) -> Numbers:
    """[n, 4] left, top, width and height in the frame."""
    boxes = [(box.x, box.y, box.w, box.h) for box in (track.box for track in tracks)]
    return np.array(boxes, np.float64).reshape(-1, 4)


def feet_of(boxes: Numbers) -> Numbers:
    """[n, 2] the middle of each lower edge."""
    return np.stack([boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3]], axis=1)
