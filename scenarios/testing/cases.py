"""What a case is made of: objects on a flat stage of 20 x 20 m, and what must come of it.

Places are metres, (x, y): x to the right, y away from the camera. Times count from the
beginning of the case.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Protocol

from pipeline.ground.marked_ground import Mark
from pipeline.signal import Level
from scenarios.testing.image_edits import Edit

STAGE_M = 20.0
"""Length of each side of the stage."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pose:
    """How large something is seen from the side, and how far its feet are above ground; metres."""

    width_m: float
    height_m: float
    above_ground_m: float = 0.0


class Actor(Protocol):
    """An object of the stage."""

    @property
    def label(self) -> str:
        """What it is, in the vocabulary of the models."""
        ...

    @property
    def done_after(self) -> timedelta:
        """When it has done all that it does."""
        ...

    def position(self, after: timedelta) -> Place | None:
        """Where it is; ``None`` for not there."""
        ...

    def pose(self, after: timedelta) -> Pose | None:
        """How it holds itself; ``None`` for as usual."""
        ...


@dataclass(frozen=True, slots=True)
class Stays:
    """Stands in its place from the beginning to the end."""

    label: str
    at: Place
    done_after: timedelta = timedelta()

    def position(self, after: timedelta) -> Place | None:  # noqa: ARG002  # always the same
        """Where it stands."""
        return self.at

    def pose(self, after: timedelta) -> Pose | None:  # noqa: ARG002  # never another
        """As usual."""
        return None


@dataclass(frozen=True, slots=True)
class Walks:
    """Goes along a path at an even pace, and is gone at its end.

    Args:
        path: Corners, at least two.
        speed_mps: Metres a second.
    """

    label: str
    path: Sequence[Place]
    speed_mps: float

    @property
    def done_after(self) -> timedelta:
        """When it is at the end."""
        return timedelta(
            seconds=sum(math.dist(*leg) for leg in pairwise(self.path)) / self.speed_mps
        )

    def position(self, after: timedelta) -> Place | None:
        """How far it has come."""
        to_go = after.total_seconds() * self.speed_mps
        for here, there in pairwise(self.path):
            length = math.dist(here, there)
            if to_go <= length:
                part = to_go / length
                return here[0] + part * (there[0] - here[0]), here[1] + part * (there[1] - here[1])
            to_go -= length
        return None

    def pose(self, after: timedelta) -> Pose | None:  # noqa: ARG002  # never another
        """As usual."""
        return None


@dataclass(frozen=True, slots=True)
class Joins:
    """Begins only ``after`` some time what another does at once."""

    actor: Actor
    after: timedelta

    @property
    def label(self) -> str:
        """What it is."""
        return self.actor.label

    @property
    def done_after(self) -> timedelta:
        """When it has done all."""
        return self.after + self.actor.done_after

    def position(self, after: timedelta) -> Place | None:
        """Where it is, once it is there."""
        return None if after < self.after else self.actor.position(after - self.after)

    def pose(self, after: timedelta) -> Pose | None:
        """How it holds itself, once it is there."""
        return self.actor.pose(after - self.after)


@dataclass(frozen=True, slots=True)
class Leaves:
    """Is gone ``after`` some time."""

    actor: Actor
    after: timedelta

    @property
    def label(self) -> str:
        """What it is."""
        return self.actor.label

    @property
    def done_after(self) -> timedelta:
        """When it goes."""
        return self.after

    def position(self, after: timedelta) -> Place | None:
        """Where it is, while it is there."""
        return None if after >= self.after else self.actor.position(after)

    def pose(self, after: timedelta) -> Pose | None:
        """How it holds itself, while it is there."""
        return self.actor.pose(after)


def standing(n: int, label: str, *, at: Place, spacing_m: float = 1.0) -> list[Stays]:
    """Let ``n`` stand in two staggered rows around ``at``, ``spacing_m`` metres apart."""
    in_front = -(-n // 2)
    left = at[0] - spacing_m * (in_front - 1) / 2
    front = [(left + spacing_m * i, at[1]) for i in range(in_front)]
    behind = [(x + spacing_m / 2, at[1] + spacing_m) for x, _ in front[: n - in_front]]
    return [Stays(label, place) for place in (*front, *behind)]


@dataclass(frozen=True, slots=True)
class Case:
    """A story and what must come of it; played clean, and with seeded noise.

    Args:
        name: A sentence.
        opens: How many alerts, no more and no fewer.
        reaches: The worst level of any of them; ``None`` leaves it open.
        zone: Corners in metres, two for a line; none for the whole frame.
        parameters: What the site has set, ``hold``, ``clear``, ``report_every`` and ``level`` too.
        duration: Its length; none for until all have acted, and a hold and a half more.
        edits: What is done to the picture, for scenarios that look at pixels.
    """

    name: str
    actors: Sequence[Actor]
    opens: int
    reaches: Level | None = None
    zone: Sequence[Place] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    duration: timedelta | None = None
    edits: Sequence[Edit] = ()


@dataclass(frozen=True, slots=True)
class FootageCase:
    """A real clip, or one composed of it, and the alerts that must come of it.

    Args:
        clip: Its name among the footage.
        expects: ``(opens, closes)`` in seconds, one alert each, and no other.
        tolerance_s: Seconds that either may be off; the end of the clip closes what is open.
        zone: Corners in fractions of the frame; none for the whole frame.
        parameters: What the site has set, ``hold``, ``clear``, ``report_every`` and ``level`` too.
        edits: What is done to the pictures: with these the clip is composed, not real.
        duration: Its length, the clip played again and again; none for once.
        marks: Points of the ground that were measured; none for metres by people's heights.
    """

    clip: str
    expects: Sequence[tuple[float, float]]
    tolerance_s: float = 3.0
    zone: Sequence[Place] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    edits: Sequence[Edit] = ()
    duration: timedelta | None = None
    marks: Sequence[Mark] = ()
