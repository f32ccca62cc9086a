"""Who has crossed a line, which way, and how many are inside by that count."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.shapes import Line
from pipeline.scene.track_set import TrackSet
from pipeline.tracking.track_expiry import TrackExpiry

CLEAR_OF = 0.1
"""Who is nearer to the line, in parts of his own height, is on neither side: boxes tremble."""
REMEMBER = timedelta(seconds=30)
"""How long the side of somebody unseen is known; his number is kept as long."""


class Direction(StrEnum):
    """Across a line; who looks from its start to its end has the inside on the right."""

    INWARD = "inward"
    OUTWARD = "outward"


class _Look(NamedTuple):
    """A frame.

    Args:
        subjects: Of each row.
        row: That of each subject.
        feet: [n, 2] where they stand.
        depths: [n] how far inside of the line they are.
        sides: [n] 1 for inside, -1 for outside, 0 for neither: on the line, or not seen.
    """

    subjects: tuple[int, ...]
    row: Mapping[int, int]
    feet: NDArray[np.float64]
    depths: NDArray[np.float64]
    sides: NDArray[np.int8]

    @classmethod
    def at(cls, tracks: TrackSet, line: Line) -> Self:
        """How all stand to a line."""
        depths = line.signed_distances(tracks.feet)
        clear = np.abs(depths) >= CLEAR_OF * tracks.boxes[:, 3]
        clear &= ~tracks.is_coasting
        sides = np.sign(depths).astype(np.int8)
        sides *= clear
        return cls(tuple(tracks.row), tracks.row, tracks.feet, depths, sides)

    def side(self, subject: int) -> int:
        """On which side somebody is; 0 for who is not in the frame."""
        row = self.row.get(subject)
        return 0 if row is None else int(self.sides[row])

    def stood(self, subject: int) -> tuple[float, float, float]:
        """Where somebody's feet are, and how far inside."""
        row = self.row[subject]
        x, y = self.feet[row].tolist()
        return x, y, float(self.depths[row])


NOWHERE = _Look((), {}, np.zeros((0, 2)), np.zeros(0), np.zeros(0, np.int8))


class Occupancy:
    """How many are inside, by those who crossed the lines of one scenario.

    Nobody inside is the least: who was in there before the count began, and leaves, is not
    owed to it, so the count mends itself whenever the place is empty. Gaps change nothing:
    a count that begins anew at every outage would never reach a limit.
    """

    def __init__(self) -> None:
        self.count = 0

    def push(self, way: Direction) -> None:
        """Count one."""
        self.count = max(self.count + (1 if way is Direction.INWARD else -1), 0)


class LineCrossings(msgspec.Struct, frozen=True):
    """Who has crossed a line.

    Args:
        directions: Which way each subject of the frame crossed that has not come back since; who
            walked round an end of the line has not crossed it.
        new: Who crossed in this very frame, in the order of the tracks.
    """

    directions: Mapping[int, Direction] = msgspec.field(default_factory=dict)
    new: tuple[tuple[int, Direction], ...] = ()


NO_CROSSINGS = LineCrossings()
"""Nobody has crossed."""


class LineCrossingDetector:
    """Follow feet from one side of a line to the other."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._last = NOWHERE
        self._before: dict[int, _Look] = {}  # when those who are not clear of it were last clear
        self._ways: dict[int, Direction] = {}
        self._absent = TrackExpiry(REMEMBER)

    def push(self, at: datetime, tracks: TrackSet) -> LineCrossings:
        """Take all tracks of a frame."""
        look = _Look.at(tracks, self._line)
        now = tuple(self._over(look))
        self._last = look
        for subject in self._absent.push(at, look.row):
            self._before.pop(subject, None)
            self._ways.pop(subject, None)
        ways = {n: way for n, way in self._ways.items() if n in look.row} if self._ways else {}
        return LineCrossings(directions=ways, new=now)

    def _over(self, look: _Look) -> Iterator[tuple[int, Direction]]:
        """Say who is on another side than before, and which way; note who is on neither now."""
        last = self._last
        if look.subjects == last.subjects:
            rows = (look.sides != last.sides).nonzero()[0].tolist()
            changed = [look.subjects[row] for row in rows]
        else:
            gone = [n for n in last.subjects if n not in look.row]
            changed = [n for n in look.subjects if look.side(n) != last.side(n)] + gone
        for subject in changed:
            if last.side(subject):
                self._before[subject] = last
            if side := look.side(subject):
                before = self._before.pop(subject, None)
                if before is not None and before.side(subject) != side:
                    yield from self._crossed(subject, before, look)

    def _crossed(self, subject: int, before: _Look, now: _Look) -> Iterator[tuple[int, Direction]]:
        """Note which way somebody came to the other side; none for round an end of the line."""
        stood, here = before.stood(subject), now.stood(subject)
        part = stood[2] / (stood[2] - here[2])
        met = (a + part * (b - a) for a, b in zip(stood[:2], here[:2], strict=True))
        if 0 <= along(self._line, met) <= 1:
            self._ways[subject] = Direction.INWARD if here[2] > 0 else Direction.OUTWARD
            yield subject, self._ways[subject]
        else:
            self._ways.pop(subject, None)


def along(line: Line, point: Iterable[float]) -> float:
    """How far along a line its nearest place to a point is: 0 at the start, 1 at the end."""
    x, y = (a - b for a, b in zip(point, line.start, strict=True))
    across, down = line.end.x - line.start.x, line.end.y - line.start.y
    return (x * across + y * down) / math.hypot(across, down) ** 2
