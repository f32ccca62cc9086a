"""Who has crossed a line, which way, and how many are inside by that count."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.geometry import Line, Point
from pipeline.track import Track
from pipeline.watched import Watched

CLEAR_OF = 0.1
"""Who is nearer to the line, in parts of his own height, is on neither side: boxes tremble."""
REMEMBER = timedelta(seconds=30)
"""How long the side of somebody unseen is known; his number is kept as long."""


class Way(StrEnum):
    """Across a line; who looks from its start to its end has the inside on the right."""

    INWARD = "inward"
    OUTWARD = "outward"


@dataclass(slots=True)
class _Passer:
    foot: Point
    depth: float
    seen_at: datetime
    way: Way | None = None


class Tally:
    """How many are inside, by those who crossed the lines of one scenario.

    Nobody inside is the least: who was in there before the count began, and leaves, is not
    owed to it, so the count mends itself whenever the place is empty. Gaps change nothing:
    a count that begins anew at every outage would never reach a limit.
    """

    def __init__(self) -> None:
        self.people = 0

    def push(self, way: Way) -> None:
        """Count one."""
        self.people = max(self.people + (1 if way is Way.INWARD else -1), 0)


@dataclass(frozen=True, slots=True)
class Crossed:
    """Who has crossed a line.

    Args:
        ways: Which way each subject of the frame crossed that has not come back since; who
            walked round an end of the line has not crossed it.
        now: Who crossed in this very frame, in the order of the tracks.
    """

    ways: Mapping[int, Way] = field(default_factory=dict)
    now: tuple[tuple[int, Way], ...] = ()


STAYED = Crossed()
"""Nobody has crossed."""


class Crossings:
    """Follow feet from one side of a line to the other."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._passers: dict[int, _Passer] = {}

    def push(self, at: datetime, tracks: Watched) -> Crossed:
        """Take all tracks of a frame."""
        depths = self._line.sides(tracks.feet).tolist()
        steps = [self._see(at, *each) for each in zip(tracks.tracks, depths, strict=True)]
        if not self._passers.keys() <= tracks.row.keys():
            known = self._passers.items()
            self._passers = {n: p for n, p in known if at - p.seen_at <= REMEMBER}
        passers = ((subject, self._passers.get(subject)) for subject in tracks.row)
        return Crossed(
            ways={subject: passer.way for subject, passer in passers if passer and passer.way},
            now=tuple((n, way) for n, way in zip(tracks.row, steps, strict=True) if way),
        )

    def _see(self, at: datetime, track: Track, depth: float) -> Way | None:
        """Note on which side somebody is; which way he crossed, if that is another than before."""
        passer, foot = self._passers.get(track.subject), track.box.foot
        if passer:
            passer.seen_at = at
        if track.coasts or abs(depth) < CLEAR_OF * track.box.h:
            return None
        if passer is None:
            self._passers[track.subject] = _Passer(foot, depth, at)
            return None
        over = (depth > 0) != (passer.depth > 0)
        if over:
            passer.way = self._way(passer, foot, depth)
        passer.foot, passer.depth = foot, depth
        return passer.way if over else None

    def _way(self, passer: _Passer, foot: Point, depth: float) -> Way | None:
        """Which way the step from the last foot leads over the line; ``None`` for round it."""
        part = passer.depth / (passer.depth - depth)
        met = (a + part * (b - a) for a, b in zip(passer.foot, foot, strict=True))
        if not 0 <= along(self._line, met) <= 1:
            return None
        return Way.INWARD if depth > 0 else Way.OUTWARD


def along(line: Line, point: Iterable[float]) -> float:
    """How far along a line its nearest place to a point is: 0 at the start, 1 at the end."""
    x, y = (a - b for a, b in zip(point, line.start, strict=True))
    across, down = line.end.x - line.start.x, line.end.y - line.start.y
    return (x * across + y * down) / math.hypot(across, down) ** 2
