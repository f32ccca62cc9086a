"""Detect who crosses a line and in which direction, and count the people inside."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.boxes import FloatArray
from pipeline.geometry.frame_geometry import WIDESCREEN, FrameGeometry
from pipeline.geometry.shapes import Line, Point
from pipeline.scene.track_set import TrackSet
from pipeline.tracking.subject_expiry import SubjectExpiry

MIN_CLEARANCE = 0.1
"""Feet nearer to the line, in heights of the object, are on neither side: boxes tremble."""
KEEP_FOR = timedelta(seconds=30)
"""How long the side of an absent subject is kept; as long as its number can be found again."""


class Direction(StrEnum):
    """Direction across a line; seen from its start to its end, the inside is on the right."""

    INWARD = "inward"
    OUTWARD = "outward"


class Occupancy:
    """Count the people inside, by those who crossed the lines of one scenario.

    The count is never below 0: people who were inside before it began and leave do not count, so
    the count corrects itself whenever the place is empty. Stream gaps do not reset it: a count
    that began anew at every outage would never reach a limit.
    """

    def __init__(self) -> None:
        self.count = 0

    def push(self, direction: Direction) -> None:
        """Count one crossing."""
        self.count = max(self.count + (1 if direction is Direction.INWARD else -1), 0)


class LineCrossings(msgspec.Struct, frozen=True):
    """The crossings of one line.

    Args:
        directions: Of each subject of the frame that crossed and has not come back since; a
            subject that walked around an end of the line has not crossed it.
        new: Crossings in this frame, in the order of the tracks.
    """

    directions: Mapping[int, Direction] = msgspec.field(default_factory=dict)
    new: tuple[tuple[int, Direction], ...] = ()


NO_CROSSINGS = LineCrossings()


class _Sides(NamedTuple):
    """The sides of all subjects in one frame.

    Args:
        subjects: Of each row.
        row: Of each subject.
        feet: [n, 2].
        depths: [n] distance inside the line, fractions of the frame height.
        sides: [n] 1 for inside, -1 for outside, 0 for neither: too near, or not detected.
        geometry: Of the frame.
    """

    subjects: tuple[int, ...]
    row: Mapping[int, int]
    feet: FloatArray
    depths: FloatArray
    sides: NDArray[np.int8]
    geometry: FrameGeometry

    @classmethod
    def of(cls, tracks: TrackSet, line: Line) -> Self:
        """Determine the side of each track."""
        geometry = FrameGeometry(tracks.ground.aspect)
        depths = geometry.signed_distances(line, tracks.feet)
        is_clear = np.abs(depths) >= MIN_CLEARANCE * tracks.boxes[:, 3]
        is_clear &= ~tracks.is_coasting
        sides = np.sign(depths).astype(np.int8)
        sides *= is_clear
        return cls(tuple(tracks.row), tracks.row, tracks.feet, depths, sides, geometry)

    def side(self, subject: int) -> int:
        """Return the side of a subject; 0 if it is absent."""
        row = self.row.get(subject)
        return 0 if row is None else int(self.sides[row])

    def position(self, subject: int) -> tuple[Point, float]:
        """Return the feet of a subject and how far inside they are."""
        row = self.row[subject]
        return Point(*self.feet[row].tolist()), float(self.depths[row])


NO_SIDES = _Sides((), {}, np.zeros((0, 2)), np.zeros(0), np.zeros(0, np.int8), WIDESCREEN)


class LineCrossingDetector:
    """Follow the feet of all subjects from one side of a line to the other."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._last = NO_SIDES
        self._last_clear: dict[int, _Sides] = {}
        """The last frame with a clear side, for subjects whose side is unclear now."""
        self._directions: dict[int, Direction] = {}
        self._expiry = SubjectExpiry(KEEP_FOR)

    def push(self, at: datetime, tracks: TrackSet) -> LineCrossings:
        """Process all tracks of a frame."""
        current = _Sides.of(tracks, self._line)
        new = tuple(self._find_crossings(current))
        self._last = current
        for subject in self._expiry.push(at, current.row):
            self._last_clear.pop(subject, None)
            self._directions.pop(subject, None)
        return LineCrossings(
            directions={n: each for n, each in self._directions.items() if n in current.row},
            new=new,
        )

    def _find_crossings(self, current: _Sides) -> Iterator[tuple[int, Direction]]:
        """Yield the subjects that reached the other side; remember those that are unclear now."""
        last = self._last
        for subject in self._changed(current):
            if last.side(subject):
                self._last_clear[subject] = last
            if side := current.side(subject):
                before = self._last_clear.pop(subject, None)
                if before is not None and before.side(subject) != side:
                    yield from self._crossing(subject, before, current)

    def _changed(self, current: _Sides) -> list[int]:
        """Return the subjects whose side differs from the previous frame."""
        last = self._last
        if current.subjects == last.subjects:
            rows = (current.sides != last.sides).nonzero()[0].tolist()
            return [current.subjects[row] for row in rows]
        gone = [n for n in last.subjects if n not in current.row]
        return [n for n in current.subjects if current.side(n) != last.side(n)] + gone

    def _crossing(
        self, subject: int, before: _Sides, now: _Sides
    ) -> Iterator[tuple[int, Direction]]:
        """Yield the crossing of a subject; nothing if it walked around an end of the line."""
        (start, start_depth), (end, end_depth) = before.position(subject), now.position(subject)
        share = start_depth / (start_depth - end_depth)
        met = Point(start.x + share * (end.x - start.x), start.y + share * (end.y - start.y))
        if 0 <= now.geometry.position_along(self._line, met) <= 1:
            direction = Direction.INWARD if end_depth > 0 else Direction.OUTWARD
            self._directions[subject] = direction
            yield subject, direction
        else:
            self._directions.pop(subject, None)
