"""Who plays in a case: objects that stand and move on a flat stage of 20 x 20 m.

Positions are metres ``(x, y)``: x to the right, y away from the camera. Times count from the start
of the case.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Protocol

STAGE_M = 20.0
"""Length of each side of the stage."""
CLIMBING_MPS = 0.5

Position = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pose:
    """Size of an object seen from the side, and how far its feet are above the ground."""

    width_m: float
    height_m: float
    above_ground_m: float = 0.0


UPRIGHT = Pose(0.5, 1.7)
LYING = Pose(1.7, 0.4)


class Actor(Protocol):
    """An object on the stage."""

    @property
    def label(self) -> str:
        """Its label, one that the models report."""
        ...

    @property
    def done_after(self) -> timedelta:
        """When it has done everything it does."""
        ...

    def position(self, after: timedelta) -> Position | None:
        """Return where it is; ``None`` while it is not on the stage."""
        ...

    def pose(self, after: timedelta) -> Pose | None:
        """Return its pose; ``None`` for the default pose of its label."""
        ...


@dataclass(frozen=True, slots=True)
class Stays:
    """An object that stands in one place from start to end."""

    label: str
    at: Position
    done_after: timedelta = timedelta()

    def position(self, after: timedelta) -> Position | None:  # noqa: ARG002  # never another
        """Return its only position."""
        return self.at

    def pose(self, after: timedelta) -> Pose | None:  # noqa: ARG002  # never another
        """Return ``None``, the default pose."""
        return None


@dataclass(frozen=True, slots=True)
class Walks:
    """An object that moves along a path at a constant speed, and is gone at its end.

    Args:
        path: Corners of the path, at least two.
    """

    label: str
    path: Sequence[Position]
    speed_mps: float

    @property
    def done_after(self) -> timedelta:
        """When it reaches the end of the path."""
        length_m = sum(math.dist(*leg) for leg in pairwise(self.path))
        return timedelta(seconds=length_m / self.speed_mps)

    def position(self, after: timedelta) -> Position | None:
        """Return how far along the path it is."""
        left_m = after.total_seconds() * self.speed_mps
        for start, end in pairwise(self.path):
            length_m = math.dist(start, end)
            if left_m <= length_m:
                part = left_m / length_m
                return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])
            left_m -= length_m
        return None

    def pose(self, after: timedelta) -> Pose | None:  # noqa: ARG002  # never another
        """Return ``None``, the default pose."""
        return None


@dataclass(frozen=True, slots=True)
class Joins:
    """An actor that appears, and starts to act, ``after`` some time."""

    actor: Actor
    after: timedelta

    @property
    def label(self) -> str:
        """Label of the actor."""
        return self.actor.label

    @property
    def done_after(self) -> timedelta:
        """When the actor is done, counted from the start of the case."""
        return self.after + self.actor.done_after

    def position(self, after: timedelta) -> Position | None:
        """Return where the actor is; ``None`` before it appears."""
        return None if after < self.after else self.actor.position(after - self.after)

    def pose(self, after: timedelta) -> Pose | None:
        """Return the pose of the actor."""
        return self.actor.pose(after - self.after)


@dataclass(frozen=True, slots=True)
class Leaves:
    """An actor that disappears ``after`` some time."""

    actor: Actor
    after: timedelta

    @property
    def label(self) -> str:
        """Label of the actor."""
        return self.actor.label

    @property
    def done_after(self) -> timedelta:
        """When it disappears."""
        return self.after

    def position(self, after: timedelta) -> Position | None:
        """Return where the actor is; ``None`` once it has gone."""
        return None if after >= self.after else self.actor.position(after)

    def pose(self, after: timedelta) -> Pose | None:
        """Return the pose of the actor."""
        return self.actor.pose(after)


@dataclass(frozen=True, slots=True)
class Falls:
    """A person who goes down while acting, and stays down.

    Args:
        after: When the fall begins.
        duration: From upright to lying; less than a second for a fall, more for lying down.
        up_after: When the person is up again; ``None`` for never.
    """

    actor: Actor
    after: timedelta
    duration: timedelta = timedelta(seconds=0.8)
    up_after: timedelta | None = None

    @property
    def label(self) -> str:
        """Label of the actor."""
        return self.actor.label

    @property
    def done_after(self) -> timedelta:
        """When the person lies, or is up again."""
        return self.up_after or self.after + self.duration

    def position(self, after: timedelta) -> Position | None:
        """Return where the actor is: it stops while it is down, and goes on from there."""
        if self.up_after is not None and after >= self.up_after:
            return self.actor.position(after - (self.up_after - self.after))
        return self.actor.position(min(after, self.after))

    def pose(self, after: timedelta) -> Pose | None:
        """Return a pose between upright and lying; ``None`` while upright."""
        if after <= self.after or (self.up_after is not None and after >= self.up_after):
            return None
        part = min((after - self.after) / self.duration, 1.0)
        width_m, height_m = (
            start + part * (end - start)
            for start, end in (
                (UPRIGHT.width_m, LYING.width_m),
                (UPRIGHT.height_m, LYING.height_m),
            )
        )
        return Pose(width_m, height_m)


@dataclass(frozen=True, slots=True)
class Climbs:
    """A person who climbs a wall at half a metre a second, and holds on at the top.

    Args:
        height_m: How far the feet get above the ground.
        after: When the climb begins.
    """

    actor: Actor
    height_m: float
    after: timedelta = timedelta()

    @property
    def label(self) -> str:
        """Label of the actor."""
        return self.actor.label

    @property
    def done_after(self) -> timedelta:
        """When the person is at the top."""
        return self.after + timedelta(seconds=self.height_m / CLIMBING_MPS)

    def position(self, after: timedelta) -> Position | None:
        """Return the point of the ground at, or below, the feet."""
        return self.actor.position(min(after, self.after))

    def pose(self, after: timedelta) -> Pose | None:
        """Return an upright pose, and how far it is above the ground."""
        up_m = max((after - self.after).total_seconds(), 0.0) * CLIMBING_MPS
        return Pose(UPRIGHT.width_m, UPRIGHT.height_m, min(up_m, self.height_m))


def standing(n: int, label: str, *, at: Position, spacing_m: float = 1.0) -> list[Stays]:
    """Return ``n`` objects in two staggered rows around ``at``, ``spacing_m`` apart."""
    in_front = -(-n // 2)
    left = at[0] - spacing_m * (in_front - 1) / 2
    front = [(left + spacing_m * i, at[1]) for i in range(in_front)]
    behind = [(x + spacing_m / 2, at[1] + spacing_m) for x, _ in front[: n - in_front]]
    return [Stays(label, position) for position in (*front, *behind)]
