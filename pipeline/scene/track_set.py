"""The tracks that a scenario watches, and what is known of them all at once."""

from collections.abc import Container, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.ground.ground_plane import Ground
from pipeline.scene.columns import Columns, feet_of
from pipeline.scene.riders import find_riders, overlapping
from pipeline.scene.spatial import distances
from pipeline.track import Track, Tracks

Numbers = NDArray[np.float64]
SAME = 0.5
"""Overlap (IoU) of boxes from which on two labels are one thing."""


class TrackSet:
    """Tracks of one frame; all scenarios of a camera that watch the same share one.

    What is asked for is worked out once. Numbers are those of the ``whole`` frame: a part of it
    has none of its own, and ``whole.row`` tells in which row of every array a subject is.

    Args:
        part_of: All tracks of the frame, of which these are some.
    """

    def __init__(
        self, tracks: Sequence[Track], ground: Ground, *, part_of: "TrackSet | None" = None
    ) -> None:
        self.tracks, self.ground = tracks, ground
        self._part_of = part_of

    @property
    def whole(self) -> "TrackSet":
        """The whole frame."""
        return self._part_of or self  # held, it would keep all arrays until a collection of cycles

    def select(self, labels: Container[str]) -> "TrackSet":
        """Keep those of some labels."""
        tracks = [track for track in self.tracks if track.label in labels]
        return TrackSet(tracks, self.ground, part_of=self.whole)

    def rows(self, tracks: Sequence[Track]) -> list[int]:
        """In which rows of the whole frame some are, in their order."""
        row = self.whole.row
        return [row[track.subject] for track in tracks]

    @cached_property
    def row(self) -> dict[int, int]:
        """In which row each subject is."""
        return {track.subject: row for row, track in enumerate(self.tracks)}

    @cached_property
    def _in_rows(self) -> Tracks:
        return self.tracks if isinstance(self.tracks, Tracks) else Tracks.of(self.tracks)

    @property
    def boxes(self) -> Numbers:
        """[n, 4] left, top, width and height in the frame."""
        return self._in_rows.boxes

    @property
    def is_coasting(self) -> NDArray[np.bool_]:
        """[n] which were not seen in this frame."""
        return self._in_rows.coasts

    @cached_property
    def feet(self) -> Numbers:
        """[n, 2] where they stand in the frame."""
        return feet_of(self.boxes)

    @cached_property
    def person_heights(self) -> Numbers:
        """[n] how tall somebody who stands there looks, in heights of the frame."""
        return self.ground.person_heights(self.feet)

    @cached_property
    def columns(self) -> Columns:
        """Where they are on the ground and how they move."""
        return Columns.of(self._in_rows, self.feet, self.ground)

    @cached_property
    def speeds(self) -> list[float]:
        """Metres a second."""
        return list(self.columns.paces.tolist())

    @cached_property
    def heights_above_ground(self) -> list[float]:
        """How many metres the feet of each are above the ground, if it is a person."""
        return list(
            (self.ground.camera_height_m * (1 - self.person_heights / self.boxes[:, 3])).tolist()
        )

    @cached_property
    def distances(self) -> Numbers:
        """[n, n] metres from each to each."""
        return distances(self.columns.places)

    def neighbours(self, track: Track, radius: float) -> list[Track]:
        """All others of the frame within ``radius`` metres of ``track``."""
        whole = self.whole
        row = whole.row[track.subject]
        close = (whole.distances[row] <= radius).nonzero()[0].tolist()
        return [whole.tracks[other] for other in close if other != row]

    @cached_property
    def riders(self) -> frozenset[int]:
        """Which subjects sit in or on others of them."""
        return find_riders(self.tracks, self._own_boxes)

    def duplicates(self, track: Track) -> list[Track]:
        """What else of them is seen in the place of ``track``, which is one of them."""
        return self._doubles.get(track.subject, [])

    @cached_property
    def _doubles(self) -> dict[int, list[Track]]:
        tracks = self.tracks
        found: dict[int, list[Track]] = {}
        for one, other in overlapping(self._own_boxes, SAME):
            found.setdefault(tracks[one].subject, []).append(tracks[other])
        return found

    @cached_property
    def _own_boxes(self) -> Numbers:
        return self.whole.boxes[self.rows(self.tracks)]
