"""Where tracks are on the ground and how they move: worked out for a whole frame at once."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.ground.ground_plane import Ground
from pipeline.scene.riders import typical_heights_m
from pipeline.track import Tracks

Numbers = NDArray[np.float64]
AHEAD = 0.2
"""Seconds over which a speed in the frame becomes one on the ground."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Numbers in metres, a row for each track.

    Args:
        places: [n, 2] metres to the right of the camera and away from it.
        velocities: [n, 2] metres a second to the right and away; where the ground is not
            marked, for all but people by their own size to the right and up.
        paces: [n] metres a second.
    """

    places: Numbers
    velocities: Numbers
    paces: Numbers

    @classmethod
    def of(cls, tracks: Tracks, feet: Numbers, ground: Ground) -> Self:
        """Work them out; ``feet`` are those of the tracks."""
        boxes, motion, n = tracks.boxes, tracks.motions, len(tracks)
        both = ground.positions_m(np.concatenate([feet, feet + AHEAD * motion]))
        places, velocities = both[:n], (both[n:] - both[:n]) / AHEAD
        things = [row for row, track in enumerate(tracks) if track.label != "person"]
        if things and not ground.is_marked:
            high = typical_heights_m([tracks[row].label for row in things]) / boxes[things, 3]
            velocities[things] = motion[things] * high[:, None] * (ground.aspect, -1.0)
        paces = np.sqrt(np.einsum("ij,ij->i", velocities, velocities))
        return cls(places, velocities, paces)


def feet_of(boxes: Numbers) -> Numbers:
    """[n, 2] the middle of each lower edge."""
    feet = np.empty((len(boxes), 2))
    feet[:, 0] = boxes[:, 0] + boxes[:, 2] / 2
    feet[:, 1] = boxes[:, 1] + boxes[:, 3]
    return feet
