"""Who lies, and who fell: from how tall somebody is, as a share of standing upright.

A fall is quick, lying down is slow. Whoever goes down, his head goes down: who walks behind a
sign or a wall looks as short, but his head stays where it was.

The bounds were chosen on the rows of the UR Fall data, 30 falls and 40 clips of daily life
(sitting, crouching, picking up, lying down), sampled at five a second: 29 of 30 falls, none of
40 others. The best single bound on height alone (0.27) finds all 30 and raises 8 of the 40. See
``docs/scenarios.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.scene.track_set import TrackSet
from pipeline.track import Track
from pipeline.tracking.track_expiry import TrackExpiry

UPRIGHT = 0.65
"""Share of the standing height from which on somebody is up."""
DOWN = 0.35
"""Share below which somebody is down."""
DOWN_IF_WIDE = 0.42
"""The same for who looks wider than tall: at a slant to the line of sight he looks taller."""
WIDE = 1.3
"""Width over height of a box from which on somebody looks wider than tall."""
HEAD = 0.3
"""How far the head must have come down, in standing heights."""
DROP = timedelta(seconds=1.2)
"""Who is down so soon after being up has fallen; who lies down takes longer."""
EDGE = 0.005
"""A box so near an edge of the frame may be cut off: it tells nothing of posture."""
REMEMBER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Posture:
    """How somebody holds himself.

    Args:
        lying_since: When he went down; ``None`` for up, or between.
        has_fallen: Whether he went down at once.
    """

    lying_since: datetime | None = None
    has_fallen: bool = False


NOT_LYING = Posture()
"""Of who is up, or of whom nothing else is known."""


class _Look(NamedTuple):
    """A frame in which somebody was up: how far down heads were, and how tall all looked, [n]."""

    at: datetime
    row: Mapping[int, int]
    heads: NDArray[np.float64]
    tall: NDArray[np.float64]

    def is_above(self, person: Track) -> bool:
        """Whether somebody's head has come down by much since."""
        row = self.row[person.subject]
        return bool(person.box.y - self.heads[row] >= HEAD * self.tall[row])


class PostureEstimator:
    """The posture of everybody on one camera."""

    def __init__(self) -> None:
        self._up: dict[int, _Look] = {}
        self._down: dict[int, Posture] = {}
        self._absent = TrackExpiry(REMEMBER)

    def push(self, at: datetime, tracks: TrackSet) -> Mapping[int, Posture]:
        """Take all tracks of a frame, not before the last.

        Returns:
            The stance of each person of the frame who is down; the last known where the frame
            cuts one off.
        """
        for subject in self._absent.push(at, tracks.row):
            self._up.pop(subject, None)
            self._down.pop(subject, None)
        self._judge(at, tracks)
        if not self._down:
            return {}
        row = tracks.row
        return {n: stance for n, stance in self._down.items() if n in row}

    def _judge(self, at: datetime, tracks: TrackSet) -> None:
        """Note who is up; of who is down, whether he went down at once.

        Things are looked at like people, which costs nothing; nobody asks of them.
        """
        boxes, tall, row = tracks.boxes, tracks.person_heights, tracks.row
        high, whole = boxes[:, 3], _whole(boxes)
        share, wide = high / tall, boxes[:, 2] * tracks.ground.aspect > WIDE * high
        low = whole & (share < DOWN_IF_WIDE) & (wide | (share < DOWN))
        for number in low.nonzero()[0].tolist():
            track = tracks.tracks[number]
            if track.label == "person" and track.subject not in self._down:
                self._sink(at, track, wide=bool(wide[number]))
        for subject in [n for n in self._down if n in row]:
            if whole[row[subject]] and not low[row[subject]]:
                del self._down[subject]
        upright = (whole & (share >= UPRIGHT) & ~wide).tolist()
        self._up.update(dict.fromkeys(compress(row, upright), _Look(at, row, boxes[:, 1], tall)))

    def _sink(self, at: datetime, person: Track, *, wide: bool) -> None:
        """Take the first look at somebody down: his head has come down, or he looks wide."""
        up = self._up.get(person.subject)
        sank = up is not None and up.is_above(person)
        if sank or wide:
            fell = up is not None and sank and at - up.at <= DROP
            self._down[person.subject] = Posture(lying_since=at, has_fallen=fell)


def _whole(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes are not cut off by an edge of the frame."""
    before = boxes[:, :2]
    behind = 1 - before - boxes[:, 2:]
    return np.asarray(np.minimum(before, behind).min(axis=1) > EDGE)
