"""Who lies, and who fell: from how tall somebody is, as a share of standing upright.

A fall is quick, lying down is slow. Whoever goes down, his head goes down: who walks behind a
sign or a wall looks as short, but his head stays where it was.

The bounds were chosen on the rows of the UR Fall data, 30 falls and 40 clips of daily life
(sitting, crouching, picking up, lying down), sampled at five a second: 29 of 30 falls, none of
40 others. The best single bound on height alone (0.27) finds all 30 and raises 8 of the 40. See
``docs/scenarios.md``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from pipeline.watched import Watched

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
class Stance:
    """How somebody holds himself.

    Args:
        lying_since: When he went down; ``None`` for up, or between.
        fell: Whether he went down at once.
    """

    lying_since: datetime | None = None
    fell: bool = False


STANDING = Stance()
"""Of who is up, or of whom nothing else is known."""


class _Up(NamedTuple):
    """When somebody was last up, where his head was, and how tall he was."""

    at: datetime
    head: float
    tall: float


class Posture:
    """One person's posture over time."""

    def __init__(self) -> None:
        self.stance = STANDING
        self._up: _Up | None = None

    def push(
        self, at: datetime, share: float, *, head: float, tall: float = 1.0, wide: bool = False
    ) -> Stance:
        """Take how tall he is, as a share of his standing height.

        Args:
            at: Not before the last.
            share: 1 for upright.
            head: How far down his head is, from anywhere.
            tall: His standing height in the same unit.
            wide: He looks wider than tall.
        """
        if share >= (DOWN_IF_WIDE if wide else DOWN):
            self.stance = STANDING
            if share >= UPRIGHT and not wide:
                self._up = _Up(at, head, tall)
        elif self.stance.lying_since is None:
            sank = self._up is not None and head - self._up.head >= HEAD * self._up.tall
            fell = sank and self._up is not None and at - self._up.at <= DROP
            if sank or wide:
                self.stance = Stance(lying_since=at, fell=fell)
        return self.stance


class Postures:
    """The posture of everybody on one camera."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[datetime, Posture]] = {}

    def push(self, at: datetime, tracks: Watched) -> Mapping[int, Stance]:
        """Take all tracks of a frame.

        Returns:
            The stance of each person of the frame; the last known where the frame cuts one off.
        """
        people = [n for n, track in enumerate(tracks.tracks) if track.label == "person"]
        looks = _looks(tracks, people)
        stances: dict[int, Stance] = {}
        for row, (is_whole, share, head, tall, wide) in zip(people, looks, strict=True):
            subject = tracks.tracks[row].subject
            _, posture = self._known.get(subject) or (at, Posture())
            self._known[subject] = at, posture
            if is_whole:
                posture.push(at, share, head=head, tall=tall, wide=wide)
            stances[subject] = posture.stance
        if not self._known.keys() <= stances.keys():
            self._known = {n: k for n, k in self._known.items() if at - k[0] <= REMEMBER}
        return stances


def _looks(tracks: Watched, people: list[int]) -> Iterator[tuple[bool, float, float, float, bool]]:
    """Whether each is whole, how tall as a share, where the head is, how tall standing, if wide.

    A box near an edge of the frame may be cut off.
    """
    left, top, wide, high = tracks.boxes[people].T
    standing = tracks.columns.standing[people]
    to_edge = np.minimum.reduce([left, top, 1 - (left + wide), 1 - (top + high)])
    is_wide = wide * tracks.ground.aspect > WIDE * high
    looks = (to_edge > EDGE, high / standing, top, standing, is_wide)
    return zip(*(column.tolist() for column in looks), strict=True)
