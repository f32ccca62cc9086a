"""Vehicles stand in a lane that the fire brigade needs."""

from scenarios.authoring import (
    Annotated,
    Case,
    DutyClass,
    FootageCase,
    Iterator,
    Joins,
    Leaves,
    Level,
    Parameters,
    Scene,
    Signal,
    Stays,
    Text,
    scenario,
    seconds,
    tunable,
)

LANE = [(2, 6), (18, 6), (18, 12), (2, 12)]
CAR = Stays("car", (10, 9))
SWAY = 5  # seconds in its place before it counts as standing


class FireLane(Parameters, frozen=True):
    """What a site may set."""

    vehicles: Annotated[int, tunable(1, 20, zh="车辆数", en="Vehicles", counts=True)] = 1


@scenario(
    FireLane,
    title=Text(zh="消防通道占用", en="Fire lane blocked"),
    because=Text(
        zh="{vehicles:.0f} 辆车占用消防通道，最久 {still_s:.0f} 秒",
        en="{vehicles:.0f} in the fire lane, the longest for {still_s:.0f} s",
    ),
    duty=DutyClass.FIRE,
    # The lane is free or it is not: one order, however many stand in it.
    needs_zone=True,
    per="zone",
    level=Level.MAJOR,
    watches={"car", "van", "truck", "bus", "motorcycle", "bicycle"},
    hold=seconds(60),
    clear=seconds(30),
    cases=(
        Case("a car that stays", [CAR], opens=1, zone=LANE, reaches=Level.MAJOR),
        Case("two are one order", [CAR, Stays("truck", (5, 10))], opens=1, zone=LANE),
        Case(
            "one follows the other",
            [Leaves(CAR, after=seconds(40)), Joins(Stays("car", (5, 8)), after=seconds(38))],
            opens=1,
            zone=LANE,
            duration=seconds(120),
        ),
        Case("who unloads and goes", [Leaves(CAR, after=seconds(40))], opens=0, zone=LANE),
        Case("who stands beside it", [Stays("car", (10, 15))], opens=0, zone=LANE),
        Case("people may stand there", [Stays("person", (10, 9))], opens=0, zone=LANE),
    ),
    footage=(
        FootageCase("traffic.mp4", expects=[]),
        FootageCase("vtest.avi", expects=[(65.2, 79.4)]),  # two that stand there all the time
    ),
)
def rule(scene: Scene, lane: FireLane) -> Iterator[Signal]:
    """Point at all that stand in the zone."""
    times = {one.subject: scene.stationary_for(one).total_seconds() for one in scene.in_zone()}
    stand = [one for one in scene.in_zone() if times[one.subject] >= SWAY]
    if len(stand) >= lane.vehicles:
        longest = max(times[one.subject] for one in stand)
        yield scene.signal(*stand, vehicles=len(stand), still_s=longest)
