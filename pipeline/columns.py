"""Where tracks are on the ground and how they move: worked out for a whole frame at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np
from msgspec.structs import astuple
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
        places: [n, 2] metres to the right of the camera and away from it.
        velocities: [n, 2] metres a second to the right and away; where the ground is not
            marked, for all but people by their own size to the right and up.
        paces: [n] metres a second.
    """

    places: Numbers
    velocities: Numbers
    paces: Numbers

    @classmethod
    def of(cls, tracks: Sequence[Track], ground: Ground, *, boxes: Numbers, feet: Numbers) -> Self:
        """Work them out; ``boxes`` and ``feet`` are those of the tracks."""
        motion, n = _rows([track.motion for track in tracks], 2), len(tracks)
        both = ground.places(np.concatenate([feet, feet + AHEAD * motion]))
        places, velocities = both[:n], (both[n:] - both[:n]) / AHEAD
        things = [row for row, track in enumerate(tracks) if track.label != "person"]
        if things and not ground.is_marked:
            high = metres_high([tracks[row].label for row in things]) / boxes[things, 3]
            velocities[things] = motion[things] * high[:, None] * (ground.aspect, -1.0)
        paces = np.sqrt(np.einsum("ij,ij->i", velocities, velocities))
        return cls(places, velocities, paces)


def boxes_of(tracks: Sequence[Track]) -> Numbers:
    """[n, 4] left, top, width and height in the frame."""
    return _rows(list(map(astuple, [track.box for track in tracks])), 4)


def feet_of(boxes: Numbers) -> Numbers:
    """[n, 2] the middle of each lower edge."""
    feet = np.empty((len(boxes), 2))
    feet[:, 0] = boxes[:, 0] + boxes[:, 2] / 2
    feet[:, 1] = boxes[:, 1] + boxes[:, 3]
    return feet


def _rows(values: Sequence[Sequence[float]], wide: int) -> Numbers:
    """[n, wide] of tuples; numpy alone takes three times as long over them."""
    flat = np.fromiter(chain.from_iterable(values), np.float64, wide * len(values))
    return flat.reshape(-1, wide)
