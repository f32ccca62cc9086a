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
        takes: How long it takes; a fall less than a second, lying down some.
        up: When it is up again; none for never.
    """

    who: Actor
    after: timedelta
    takes: timedelta = timedelta(seconds=0.8)
    up: timedelta | None = None

    @property
    def label(self) -> str:
        """What it is."""
        return self.who.label

    @property
    def until(self) -> timedelta:
        """When it is down, or up again."""
        return self.up or self.after + self.takes

    def place(self, after: timedelta) -> Place | None:
        """Where it is: who lies stays there, and goes on from there."""
        if self.up is not None and after >= self.up:
            return self.who.place(after - (self.up - self.after))
        return self.who.place(min(after, self.after))

    def pose(self, after: timedelta) -> Pose | None:
        """Upright, down, or on the way."""
        if after <= self.after or (self.up is not None and after >= self.up):
            return None
        part = min((after - self.after) / self.takes, 1.0)
        wide, high = (
            a + part * (b - a)
            for a, b in ((UPRIGHT.wide_m, LYING.wide_m), (UPRIGHT.high_m, LYING.high_m))
        )
        return Pose(wide, high)


@dataclass(frozen=True, slots=True)
class Climbs:
    """Goes up a wall at half a metre a second, and hangs there.

    Args:
        to_m: How high.
        after: When.
    """

    who: Actor
    to_m: float
    after: timedelta = timedelta()

    @property
    def label(self) -> str:
        """What it is."""
        return self.who.label

    @property
    def until(self) -> timedelta:
        """When it is up there."""
        return self.after + timedelta(seconds=self.to_m / 0.5)

    def place(self, after: timedelta) -> Place | None:
        """Where on the ground it is, or below it."""
        return self.who.place(min(after, self.after))

    def pose(self, after: timedelta) -> Pose | None:
        """Upright, and so far up."""
        up = max((after - self.after).total_seconds(), 0.0) * 0.5
        return Pose(UPRIGHT.wide_m, UPRIGHT.high_m, min(up, self.to_m))
