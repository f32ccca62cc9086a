"""Detect people who lie or fell, by their height as a share of the height of a standing person.

A fall is quick, lying down is slow. The head of a person who goes down goes down; a person who
walks behind a sign or a wall looks as short, but the head stays where it was.

The thresholds were chosen on the UR Fall data, 30 falls and 40 clips of daily life (sitting,
crouching, picking up, lying down), sampled at five frames a second: 29 of 30 falls, none of the 40
others. The best single threshold on the height (0.27) finds all 30 and reports 8 of the 40. See
``docs/scenarios.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import compress
from typing import NamedTuple

import numpy as np

from pipeline.geometry.boxes import BoolArray, FloatArray
from pipeline.scene.track_set import TrackSet
from pipeline.track import Track
from pipeline.tracking.subject_expiry import SubjectExpiry

UPRIGHT_RATIO = 0.65
"""Share of the standing height from which a person is upright."""
DOWN_RATIO = 0.35
"""Share of the standing height below which a person is down."""
WIDE_DOWN_RATIO = 0.42
"""The same for a wide box: a person lying at a slant to the line of sight looks taller."""
WIDE_ASPECT = 1.3
"""Width over height from which a box is wide."""
MIN_HEAD_DROP = 0.3
"""How far the head must have come down, in standing heights."""
FALL_TIME = timedelta(seconds=1.2)
"""Longest time from upright to down that counts as a fall; lying down takes longer."""
EDGE_MARGIN = 0.005
"""A box so near an edge of the frame may be cut off: its height says nothing about posture."""
KEEP_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Posture:
    """The posture of a person.

    Args:
        lying_since: When the person went down; ``None`` for upright or in between.
        has_fallen: Whether the person went down within ``FALL_TIME``.
    """

    lying_since: datetime | None = None
    has_fallen: bool = False


NOT_LYING = Posture()
"""Of a person who is upright, or of whom nothing is known."""


class _UprightFrame(NamedTuple):
    """A frame in which some people were upright: y of the heads, and standing heights, [n]."""

    at: datetime
    row: Mapping[int, int]
    heads: FloatArray
    heights: FloatArray

    def has_head_dropped(self, person: Track) -> bool:
        """Return whether the head of a person has come down since."""
        row = self.row[person.subject]
        return bool(person.box.y - self.heads[row] >= MIN_HEAD_DROP * self.heights[row])


class PostureEstimator:
    """Estimate the posture of every person on one camera."""

    def __init__(self) -> None:
        self._upright: dict[int, _UprightFrame] = {}
        self._down: dict[int, Posture] = {}
        self._expiry = SubjectExpiry(KEEP_FOR)

    def push(self, at: datetime, tracks: TrackSet) -> Mapping[int, Posture]:
        """Process all tracks of a frame.

        Args:
            at: Capture time, not before the previous frame.
            tracks: Of the frame.

        Returns:
            The posture of each person who is down; the last known one where the edge of the frame
            cuts a person off.
        """
        for subject in self._expiry.push(at, tracks.row):
            self._upright.pop(subject, None)
            self._down.pop(subject, None)
        self._classify(at, tracks)
        if not self._down:
            return {}
        row = tracks.row
        return {n: posture for n, posture in self._down.items() if n in row}

    def _classify(self, at: datetime, tracks: TrackSet) -> None:
        """Update who is upright and who is down; other labels are included, but never read."""
        boxes, heights, row = tracks.boxes, tracks.person_heights, tracks.row
        whole = _is_whole(boxes)
        ratio = boxes[:, 3] / heights
        is_wide = boxes[:, 2] * tracks.ground.aspect > WIDE_ASPECT * boxes[:, 3]
        is_down = whole & (ratio < WIDE_DOWN_RATIO) & (is_wide | (ratio < DOWN_RATIO))
        for index in is_down.nonzero()[0].tolist():
            track = tracks.tracks[index]
            if track.label == "person" and track.subject not in self._down:
                self._go_down(at, track, is_wide=bool(is_wide[index]))
        for subject in [n for n in self._down if n in row]:
            if whole[row[subject]] and not is_down[row[subject]]:
                del self._down[subject]
        is_upright = (whole & (ratio >= UPRIGHT_RATIO) & ~is_wide).tolist()
        frame = _UprightFrame(at, row, boxes[:, 1], heights)
        self._upright.update(dict.fromkeys(compress(row, is_upright), frame))

    def _go_down(self, at: datetime, person: Track, *, is_wide: bool) -> None:
        """Record a person as down if the head has come down or the box is wide."""
        upright = self._upright.get(person.subject)
        has_dropped = upright is not None and upright.has_head_dropped(person)
        if has_dropped or is_wide:
            fell = upright is not None and has_dropped and at - upright.at <= FALL_TIME
            self._down[person.subject] = Posture(lying_since=at, has_fallen=fell)


def _is_whole(boxes: FloatArray) -> BoolArray:
    """Return which boxes are not cut off by an edge of the frame."""
    near = boxes[:, :2]
    far = 1 - near - boxes[:, 2:]
    return np.asarray(np.minimum(near, far).min(axis=1) > EDGE_MARGIN)
