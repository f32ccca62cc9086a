"""Vehicles block a lane that the fire brigade needs."""

from scenarios import authoring as gw

STANDING = gw.seconds(5)  # boxes shake: a vehicle stands once it has been in its place this long


class FireLaneBlocked(gw.Parameters):
    vehicles: int = gw.parameter(1, min=1, max=20, zh="车辆数", en="Vehicles", is_min_count=True)


@gw.rule(
    FireLaneBlocked,
    per="zone",  # the lane is free or it is not: one work order, however many vehicles block it
    zone_required=True,
    labels={"car", "van", "truck", "bus", "motorcycle", "bicycle"},
    hold="60s",
    clear="30s",
)
def fire_lane_blocked(scene: gw.Scene, params: FireLaneBlocked) -> gw.Signals:
    """Signal all vehicles that stand in the zone."""
    vehicles = [v for v in scene.in_zone() if scene.stationary_for(v) >= STANDING]
    if len(vehicles) >= params.vehicles:
        longest = max(map(scene.stationary_for, vehicles))
        yield scene.signal(*vehicles, vehicles=len(vehicles), still_s=longest.total_seconds())


LANE = [(2, 6), (18, 6), (18, 12), (2, 12)]
CAR = gw.Stays("car", (10, 9))

scenario = gw.scenario(
    fire_lane_blocked,
    title=gw.Text(zh="消防通道占用", en="Fire lane blocked"),
    message=gw.Text(
        zh="{vehicles:.0f} 辆车占用消防通道，最久 {still_s:.0f} 秒",
        en="Vehicles in the fire lane: {vehicles:.0f}, the longest for {still_s:.0f} s",
    ),
    duty=gw.DutyClass.FIRE,
    family=gw.Family.PARKING,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case("a car stays", [CAR], opens=1, zone=LANE, reaches=gw.Level.MAJOR),
        gw.Case(
            "a car and a truck are one alert", [CAR, gw.Stays("truck", (5, 10))], opens=1, zone=LANE
        ),
        gw.Case(
            "a second car arrives as the first leaves",
            [
                gw.Leaves(CAR, after=gw.seconds(40)),
                gw.Joins(gw.Stays("car", (5, 8)), after=gw.seconds(38)),
            ],
            opens=1,
            zone=LANE,
            duration=gw.seconds(120),
        ),
        gw.Case(
            "a car leaves within the hold time",
            [gw.Leaves(CAR, after=gw.seconds(40))],
            opens=0,
            zone=LANE,
        ),
        gw.Case("a car stands beside the lane", [gw.Stays("car", (10, 15))], opens=0, zone=LANE),
        gw.Case("a person stands in the lane", [gw.Stays("person", (10, 9))], opens=0, zone=LANE),
    ],
    footage=[
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("vtest.avi", expects=[(65.2, 79.4)]),  # two parked vehicles
    ],
)
