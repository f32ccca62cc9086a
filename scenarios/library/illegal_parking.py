"""A vehicle stands where none may; set ``hold`` longer than a red light or a delivery."""

from scenarios import authoring as gw

SWAY = 5  # seconds in its place before it counts as standing


@gw.rule(per="subject", labels={"car", "van", "truck", "bus"}, hold="180s", clear="30s")
def illegal_parking(scene: gw.Scene) -> gw.Signals:
    """Point at each that stands in the zone."""
    for vehicle in scene.in_zone():
        still = scene.stationary_for(vehicle).total_seconds()
        if still >= SWAY:
            yield scene.signal(vehicle, still_s=still)


KERB = [(2, 6), (18, 6), (18, 12), (2, 12)]
CAR = gw.Stays("car", (10, 9))

scenario = gw.scenario(
    illegal_parking,
    title=gw.Text(zh="违停", en="Illegal parking"),
    message=gw.Text(zh="车辆已停放 {still_s:.0f} 秒", en="Has stood for {still_s:.0f} s"),
    duty=gw.DutyClass.TRAFFIC,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("a car that stays", [CAR], opens=1, zone=KERB, reaches=gw.Level.MINOR),
        gw.Case("two are two orders", [CAR, gw.Stays("car", (4, 7))], opens=2, zone=KERB),
        gw.Case(
            "who sets somebody down", [gw.Leaves(CAR, after=gw.seconds(60))], opens=0, zone=KERB
        ),
        gw.Case("beside the zone", [gw.Stays("car", (10, 15))], opens=0, zone=KERB),
        gw.Case(
            "who drives through",
            [gw.Walks("car", [(2, 9), (18, 9)], 5.0)],
            opens=0,
            zone=KERB,
            parameters={"hold": 10},
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
    ],
)
