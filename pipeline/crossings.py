"""Who has crossed a line, which way, and how many are inside by that count."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Line
from pipeline.watched import Watched

CLEAR_OF = 0.1
"""Who is nearer to the line, in parts of his own height, is on neither side: boxes tremble."""
REMEMBER = timedelta(seconds=30)
"""How long the side of somebody unseen is known; his number is kept as long."""


class Way(StrEnum):
    """Across a line; who looks from its start to its end has the inside on the right."""

    INWARD = "inward"
    OUTWARD = "outward"


class _Look(NamedTuple):
    """A frame in which somebody was clear of the line: feet [n, 2], and how far inside they are."""

    row: Mapping[int, int]
    feet: NDArray[np.float64]
    depths: NDArray[np.float64]

    def stood(self, subject: int) -> tuple[float, float, float]:
        """Where one's feet were, and how far inside."""
        row = self.row[subject]
        x, y = self.feet[row].tolist()
        return x, y, float(self.depths[row])


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
        self._clear: dict[int, _Look] = {}
        self._inside: set[int] = set()
        self._outside: set[int] = set()
        self._ways: dict[int, Way] = {}
        self._seen: dict[int, datetime] = {}

    def push(self, at: datetime, tracks: Watched) -> Crossed:
        """Take all tracks of a frame."""
        row = tracks.row
        self._seen.update(dict.fromkeys(row, at))
        now = tuple(self._over(tracks))
        if len(self._seen) > len(row):
            self._forget(at)
        return Crossed(ways={n: way for n, way in self._ways.items() if n in row}, now=now)

    def _over(self, tracks: Watched) -> Iterator[tuple[int, Way]]:
        """Note on which side everybody is; say who is on another than before, and which way."""
        look = _Look(tracks.row, tracks.feet, self._line.sides(tracks.feet))
        clear = np.abs(look.depths) >= CLEAR_OF * tracks.boxes[:, 3]
        is_in = look.depths > 0
        inside, outside = (
            set(compress(look.row, side.tolist())) - tracks.coasting
            for side in (clear & is_in, clear & ~is_in)
        )
        over = (inside & self._outside) | (outside & self._inside)
        for subject in sorted(over, key=look.row.__getitem__):
            yield from self._crossed(subject, self._clear[subject], look)
        self._inside = (self._inside - outside) | inside
        self._outside = (self._outside - inside) | outside
        self._clear.update(dict.fromkeys(inside | outside, look))

    def _crossed(self, subject: int, before: _Look, now: _Look) -> Iterator[tuple[int, Way]]:
        """Note which way somebody came to the other side; none for round an end of the line."""
        stood, here = before.stood(subject), now.stood(subject)
        part = stood[2] / (stood[2] - here[2])
        met = (a + part * (b - a) for a, b in zip(stood[:2], here[:2], strict=True))
        if 0 <= along(self._line, met) <= 1:
            self._ways[subject] = Way.INWARD if here[2] > 0 else Way.OUTWARD
            yield subject, self._ways[subject]
        else:
            self._ways.pop(subject, None)

    def _forget(self, at: datetime) -> None:
        """Drop those who have not been seen for too long."""
        gone = {n for n, seen_at in self._seen.items() if at - seen_at > REMEMBER}
        self._inside -= gone
        self._outside -= gone
        for known in (self._seen, self._clear, self._ways):
            for subject in gone:
                known.pop(subject, None)


def along(line: Line, point: Iterable[float]) -> float:
    """How far along a line its nearest place to a point is: 0 at the start, 1 at the end."""
    x, y = (a - b for a, b in zip(point, line.start, strict=True))
    across, down = line.end.x - line.start.x, line.end.y - line.start.y
    return (x * across + y * down) / math.hypot(across, down) ** 2
