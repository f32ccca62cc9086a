"""The tracks of a frame, and their numbers as arrays: image, ground and pairwise."""

from collections.abc import Container, Iterable, Sequence
from functools import cached_property

import numpy as np

from pipeline.geometry.boxes import BoolArray, FloatArray, iou_matrix
from pipeline.ground.ground_plane import Ground
from pipeline.scene.riders import find_riders
from pipeline.scene.spatial import pairwise_distances
from pipeline.track import Track
from pipeline.tracking.tracker_output import TrackerOutput

DUPLICATE_IOU = 0.5
"""IoU from which tracks of two labels are one object."""
VELOCITY_STEP_S = 0.2
"""Time over which a velocity in the frame is projected to the ground."""
TYPICAL_HEIGHT_M = {
    "person": 1.7,
    "dog": 0.6,
    "bicycle": 1.1,
    "motorcycle": 1.2,
    "car": 1.5,
    "van": 2.2,
    "bus": 3.2,
    "truck": 3.2,
}
DEFAULT_HEIGHT_M = 1.0
"""Height of other labels: a guess, for objects that hardly move."""


class TrackSet:
    """Tracks of one frame; scenarios with the same labels share one set.

    Every array is computed on first use. Arrays belong to the set of the whole ``frame``; a
    subset has none of its own, and ``frame.row`` gives the row of each subject.

    Args:
        tracks: In order of their subjects.
        ground: Projects the frame to the ground.
        output: The same tracks as arrays, in the same order; by default built from ``tracks``.
        frame: The set of all tracks of the frame, if this is a subset.
    """

    def __init__(
        self,
        tracks: Sequence[Track],
        ground: Ground,
        *,
        output: TrackerOutput | None = None,
        frame: "TrackSet | None" = None,
    ) -> None:
        self.tracks, self.ground = tracks, ground
        self._output, self._frame = output, frame

    @property
    def frame(self) -> "TrackSet":
        """The set of all tracks of the frame."""
        # Not stored for the whole frame: a reference cycle would keep all arrays in memory.
        return self._frame or self

    def select(self, labels: Container[str]) -> "TrackSet":
        """Return the subset with these labels."""
        tracks = [track for track in self.tracks if track.label in labels]
        return TrackSet(tracks, self.ground, frame=self.frame)

    def rows(self, tracks: Sequence[Track]) -> list[int]:
        """Return the row of each track in the arrays of the frame."""
        row = self.frame.row
        return [row[track.subject] for track in tracks]

    @cached_property
    def row(self) -> dict[int, int]:
        """Row of each subject."""
        return {track.subject: row for row, track in enumerate(self.tracks)}

    @cached_property
    def _arrays(self) -> TrackerOutput:
        return TrackerOutput.from_tracks(self.tracks) if self._output is None else self._output

    @property
    def boxes(self) -> FloatArray:
        """[n, 4] left, top, width, height, fractions of the frame."""
        return self._arrays.boxes

    @property
    def is_coasting(self) -> BoolArray:
        """[n] whether the object was not detected in this frame."""
        return self._arrays.is_coasting

    @cached_property
    def feet(self) -> FloatArray:
        """[n, 2] middle of the lower edge of each box."""
        boxes = self.boxes
        feet = np.empty((len(boxes), 2))
        feet[:, 0] = boxes[:, 0] + boxes[:, 2] / 2
        feet[:, 1] = boxes[:, 1] + boxes[:, 3]
        return feet

    @cached_property
    def person_heights(self) -> FloatArray:
        """[n] height of a standing person at the same place, fractions of the frame height."""
        return self.ground.person_heights(self.feet)

    @cached_property
    def _ground_motion(self) -> tuple[FloatArray, FloatArray]:
        boxes, motions, n = self.boxes, self._arrays.velocities, len(self.tracks)
        both = self.ground.positions_m(
            np.concatenate([self.feet, self.feet + VELOCITY_STEP_S * motions])
        )
        positions, velocities = both[:n], (both[n:] - both[:n]) / VELOCITY_STEP_S
        things = [row for row, track in enumerate(self.tracks) if track.label != "person"]
        if things and not self.ground.is_marked:
            heights_m = typical_heights_m([self.tracks[row].label for row in things])
            scale = (heights_m / boxes[things, 3])[:, None]
            velocities[things] = motions[things] * scale * (self.ground.aspect, -1.0)
        return positions, velocities

    @property
    def positions_m(self) -> FloatArray:
        """[n, 2] metres on the ground: to the right of the camera, and away from it."""
        return self._ground_motion[0]

    @property
    def velocities_mps(self) -> FloatArray:
        """[n, 2] metres a second, to the right and away.

        On ground that is not marked, objects other than people are measured by their own size,
        to the right and up.
        """
        return self._ground_motion[1]

    @cached_property
    def speeds_mps(self) -> FloatArray:
        """[n] metres a second."""
        velocities = self.velocities_mps
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", velocities, velocities)))

    @cached_property
    def speed_list_mps(self) -> list[float]:
        """``speeds_mps`` as a list, which is faster to index."""
        return list(self.speeds_mps.tolist())

    @cached_property
    def heights_above_ground(self) -> list[float]:
        """Metres from the ground to the feet of each, valid for people."""
        above = self.ground.camera_height_m * (1 - self.person_heights / self.boxes[:, 3])
        return list(above.tolist())

    @cached_property
    def distances(self) -> FloatArray:
        """[n, n] metres between the tracks."""
        return pairwise_distances(self.positions_m)

    def neighbours(self, track: Track, radius_m: float) -> list[Track]:
        """Return the other tracks of the frame within ``radius_m`` of ``track``."""
        frame = self.frame
        row = frame.row[track.subject]
        close = (frame.distances[row] <= radius_m).nonzero()[0].tolist()
        return [frame.tracks[other] for other in close if other != row]

    @cached_property
    def riders(self) -> frozenset[int]:
        """Subjects that ride or sit in others of this set."""
        return find_riders(self.tracks, self._own_boxes)

    def duplicates(self, track: Track) -> list[Track]:
        """Return other tracks of this set in the place of ``track``."""
        return self._duplicates.get(track.subject, [])

    @cached_property
    def _duplicates(self) -> dict[int, list[Track]]:
        corners = self._own_boxes.copy()
        corners[:, 2:] += corners[:, :2]
        duplicates: dict[int, list[Track]] = {}
        for row, other in np.argwhere(iou_matrix(corners, corners) >= DUPLICATE_IOU).tolist():
            if row != other:
                duplicates.setdefault(self.tracks[row].subject, []).append(self.tracks[other])
        return duplicates

    @cached_property
    def _own_boxes(self) -> FloatArray:
        return self.frame.boxes[self.rows(self.tracks)]


def typical_heights_m(labels: Iterable[str]) -> FloatArray:
    """Return the usual height of objects with these labels: [n]."""
    return np.array([TYPICAL_HEIGHT_M.get(label, DEFAULT_HEIGHT_M) for label in labels], np.float64)
