"""The tracks that a scenario watches, and what is known of them all at once."""

from collections.abc import Container, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.columns import Columns, boxes_of, feet_of
from pipeline.ground import Ground
from pipeline.sizes import Riding, overlaps
from pipeline.track import Track

Numbers = NDArray[np.float64]
SAME = 0.5
"""Overlap (IoU) of boxes from which on two labels are one thing."""


class Watched:
    """Tracks of one frame; all scenarios of a camera that watch the same share one.

    What is asked for is worked out once. The rows of every array are the tracks in their order.

    Args:
        part_of: All tracks of the frame, of which these are the ``rows``.
    """

    def __init__(
        self,
        tracks: Sequence[Track],
        ground: Ground,
        *,
        part_of: "Watched | None" = None,
        rows: Sequence[int] = (),
    ) -> None:
        self.tracks, self.ground = tracks, ground
        self._all, self._rows = part_of, rows

    def only(self, labels: Container[str]) -> "Watched":
        """Keep those of some labels."""
        rows = [row for row, track in enumerate(self.tracks) if track.label in labels]
        tracks = [self.tracks[row] for row in rows]
        return Watched(tracks, self.ground, part_of=self, rows=rows)

    @cached_property
    def row(self) -> dict[int, int]:
        """In which row each subject is."""
        return {track.subject: row for row, track in enumerate(self.tracks)}

    @cached_property
    def boxes(self) -> Numbers:
        """[n, 4] left, top, width and height in the frame."""
        if self._all:
            return self._all.boxes[np.asarray(self._rows, np.intp)]
        return boxes_of(self.tracks)

    @cached_property
    def feet(self) -> Numbers:
        """[n, 2] where they stand in the frame."""
        return feet_of(self.boxes)

    @cached_property
    def columns(self) -> Columns:
        """Where they are on the ground and how they move."""
        if self._all:
            return self._all.columns.only(self._rows)
        return Columns.of(self.tracks, self.boxes, self.ground)

    @cached_property
    def riding(self) -> Riding:
        """Who sits in or on what."""
        return Riding(self.tracks)

    def doubles(self, track: Track) -> list[Track]:
        """What else of them is seen in the place of ``track``, which is one of them."""
        row = self.row[track.subject]
        same = self._same[row].nonzero()[0].tolist()
        return [self.tracks[other] for other in same if other != row]

    @cached_property
    def _same(self) -> NDArray[np.bool_]:
        return overlaps(self.boxes) >= SAME
