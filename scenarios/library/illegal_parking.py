"""A vehicle is parked where parking is forbidden.

``hold`` is how long a vehicle may stand; set it longer than a red light or a delivery.
"""

from scenarios import authoring as gw

STANDING = gw.seconds(5)  # boxes shake: a vehicle stands once it has been in its place this long


@gw.rule(per="subject", labels={"car", "van", "truck", "bus"}, hold="180s", clear="30s")
def illegal_parking(scene: gw.Scene) -> gw.Signals:
    """Signal each vehicle that stands in the zone."""
    for vehicle in scene.in_zone():
        still = scene.stationary_for(vehicle)
        if still >= STANDING:
            yield scene.signal(vehicle, still_s=still.total_seconds())


KERB = [(2, 6), (18, 6), (18, 12), (2, 12)]
CAR = gw.Stays("car", (10, 9))
PARKED = [(0.52, 0.38), (0.68, 0.38), (0.68, 0.5), (0.52, 0.5)]
RIGHT_LANE = [(0.3, 0.5), (0.6, 0.5), (0.98, 0.98), (0.45, 0.98)]
MOVING_TRAFFIC = ["intel-cars-topdown", "a-camera1", "a-casino", "a-milanoest", "a-svincolo"]
SOON = {"hold": 5}

scenario = gw.scenario(
    illegal_parking,
    title=gw.Text(zh="违停", en="Illegal parking"),
    message=gw.Text(
        zh="车辆违停已 {still_s:.0f} 秒", en="A vehicle has been parked for {still_s:.0f} s"
    ),
    duty=gw.DutyClass.TRAFFIC,
    family=gw.Family.PARKING,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("a car stays", [CAR], opens=1, zone=KERB, reaches=gw.Level.MINOR),
        gw.Case("two cars are two alerts", [CAR, gw.Stays("car", (4, 7))], opens=2, zone=KERB),
        gw.Case(
            "a car leaves within the hold time",
            [gw.Leaves(CAR, after=gw.seconds(60))],
            opens=0,
            zone=KERB,
        ),
        gw.Case("a car stands beside the zone", [gw.Stays("car", (10, 15))], opens=0, zone=KERB),
        gw.Case(
            "a car drives through",
            [gw.Walks("car", [(2, 9), (18, 9)], 5.0)],
            opens=0,
            zone=KERB,
            parameters={"hold": 10},
        ),
    ],
    footage=[
        # A parked car: five seconds of standing and five of hold. Driving cars: never.
        gw.FootageCase("two-way-road", expects=[(10.4, 10.8)], zone=PARKED, parameters=SOON),
        gw.FootageCase("two-way-road", expects=[], zone=RIGHT_LANE, parameters=SOON),
        *(gw.FootageCase(clip, expects=[], parameters=SOON) for clip in MOVING_TRAFFIC),
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
    ],
)
