"""People of the stage who do not merely stand and walk."""

from dataclasses import dataclass
from datetime import timedelta

from scenarios.testing.cases import Actor, Place, Pose

UPRIGHT = Pose(0.5, 1.7)
LYING = Pose(1.7, 0.4)


@dataclass(frozen=True, slots=True)
class Falls:
    """Goes down in the end of what another does, and stays down.

    Args:
        after: When.
        duration: How long it takes; a fall less than a second, lying down some.
        up_after: When it is up again; none for never.
    """

    actor: Actor
    after: timedelta
    duration: timedelta = timedelta(seconds=0.8)
    up_after: timedelta | None = None

    @property
    def label(self) -> str:
        """What it is."""
        return self.actor.label

    @property
    def done_after(self) -> timedelta:
        """When it is down, or up again."""
        return self.up_after or self.after + self.duration

    def position(self, after: timedelta) -> Place | None:
        """Where it is: who lies stays there, and goes on from there."""
        if self.up_after is not None and after >= self.up_after:
            return self.actor.position(after - (self.up_after - self.after))
        return self.actor.position(min(after, self.after))

    def pose(self, after: timedelta) -> Pose | None:
        """Upright, down, or on the way."""
        if after <= self.after or (self.up_after is not None and after >= self.up_after):
            return None
        part = min((after - self.after) / self.duration, 1.0)
        wide, high = (
            a + part * (b - a)
            for a, b in ((UPRIGHT.width_m, LYING.width_m), (UPRIGHT.height_m, LYING.height_m))
        )
        return Pose(wide, high)


@dataclass(frozen=True, slots=True)
class Climbs:
    """Goes up a wall at half a metre a second, and hangs there.

    Args:
        height_m: How high.
        after: When.
    """

    actor: Actor
    height_m: float
    after: timedelta = timedelta()

    @property
    def label(self) -> str:
        """What it is."""
        return self.actor.label

    @property
    def done_after(self) -> timedelta:
        """When it is up there."""
        return self.after + timedelta(seconds=self.height_m / 0.5)

    def position(self, after: timedelta) -> Place | None:
        """Where on the ground it is, or below it."""
        return self.actor.position(min(after, self.after))

    def pose(self, after: timedelta) -> Pose | None:
        """Upright, and so far up."""
        up = max((after - self.after).total_seconds(), 0.0) * 0.5
        return Pose(UPRIGHT.width_m, UPRIGHT.height_m, min(up, self.height_m))
