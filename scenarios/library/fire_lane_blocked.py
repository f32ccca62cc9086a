"""Vehicles stand in a lane that the fire brigade needs."""

from scenarios import authoring as gw

SWAY = 5  # seconds in its place before it counts as standing


class FireLane(gw.Parameters):
    vehicles: int = gw.parameter(1, min=1, max=20, zh="车辆数", en="Vehicles", counts=True)


@gw.rule(
    FireLane,
    per="zone",
    # The lane is free or it is not: one order, however many stand in it.
    zone_required=True,
    labels={"car", "van", "truck", "bus", "motorcycle", "bicycle"},
    hold="60s",
    clear="30s",
)
def fire_lane_blocked(scene: gw.Scene, params: FireLane) -> gw.Signals:
    """Point at all that stand in the zone."""
    times = {one.subject: scene.stationary_for(one).total_seconds() for one in scene.in_zone()}
    stand = [one for one in scene.in_zone() if times[one.subject] >= SWAY]
    if len(stand) >= params.vehicles:
        longest = max(times[one.subject] for one in stand)
        yield scene.signal(*stand, vehicles=len(stand), still_s=longest)


LANE = [(2, 6), (18, 6), (18, 12), (2, 12)]
CAR = gw.Stays("car", (10, 9))

scenario = gw.scenario(
    fire_lane_blocked,
    title=gw.Text(zh="消防通道占用", en="Fire lane blocked"),
    message=gw.Text(
        zh="{vehicles:.0f} 辆车占用消防通道，最久 {still_s:.0f} 秒",
        en="{vehicles:.0f} in the fire lane, the longest for {still_s:.0f} s",
    ),
    duty=gw.DutyClass.FIRE,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case("a car that stays", [CAR], opens=1, zone=LANE, reaches=gw.Level.MAJOR),
        gw.Case("two are one order", [CAR, gw.Stays("truck", (5, 10))], opens=1, zone=LANE),
        gw.Case(
            "one follows the other",
            [
                gw.Leaves(CAR, after=gw.seconds(40)),
                gw.Joins(gw.Stays("car", (5, 8)), after=gw.seconds(38)),
            ],
            opens=1,
            zone=LANE,
            duration=gw.seconds(120),
        ),
        gw.Case("who unloads and goes", [gw.Leaves(CAR, after=gw.seconds(40))], opens=0, zone=LANE),
        gw.Case("who stands beside it", [gw.Stays("car", (10, 15))], opens=0, zone=LANE),
        gw.Case("people may stand there", [gw.Stays("person", (10, 9))], opens=0, zone=LANE),
    ],
    footage=[
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("vtest.avi", expects=[(65.2, 79.4)]),  # two that stand there all the time
    ],
)
