"""An electric bicycle is taken into a building or a lift, where its battery may burn.

Detectors see electric bicycles as bicycles or motorcycles, and cannot tell a plain bicycle
from an electric one: a site that lets plain ones in reviews before it sends somebody.
"""

from scenarios import authoring as gw

CARS = {"car", "van", "truck", "bus"}  # detectors see a motorcycle in some of them


class EbikeIndoors(gw.Parameters):
    vehicles: int = gw.parameter(1, min=1, max=20, zh="车辆数", en="Vehicles", counts=True)


@gw.rule(EbikeIndoors, per="zone", labels={"motorcycle", "bicycle", *CARS}, hold="2s", clear="20s")
def ebike_indoors(scene: gw.Scene, params: EbikeIndoors) -> gw.Signals:
    """Point at all that are in the zone."""
    ridden = (one for one in scene.in_zone() if one.label not in CARS)
    inside = [one for one in ridden if not scene.is_duplicate(one, CARS)]
    if len(inside) >= params.vehicles:
        yield scene.signal(*inside, vehicles=len(inside))


HALL = [(5, 4), (15, 4), (15, 12), (5, 12)]
THROUGH = [(10, 18), (10, 5)]
PUSHED = [gw.Walks("person", [(10.6, 18), (10.6, 5)], 1.2), gw.Walks("motorcycle", THROUGH, 1.2)]

scenario = gw.scenario(
    ebike_indoors,
    title=gw.Text(zh="电动车进楼", en="E-bike indoors"),
    message=gw.Text(zh="{vehicles:.0f} 辆电动车进楼", en="E-bikes indoors: {vehicles:.0f}"),
    duty=gw.DutyClass.FIRE,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case("one is pushed in", PUSHED, opens=1, zone=HALL, reaches=gw.Level.MAJOR),
        gw.Case("one stands in the hall", [gw.Stays("bicycle", (10, 8))], opens=1, zone=HALL),
        gw.Case("people come home", [gw.Walks("person", THROUGH, 1.2)], opens=0, zone=HALL),
        gw.Case("one stands outside", [gw.Stays("motorcycle", (10, 15))], opens=0, zone=HALL),
        gw.Case(
            "one turns round in the door",
            [gw.Walks("motorcycle", [(10, 16), (10, 11.6), (10, 16)], 1.4)],
            opens=0,
            zone=HALL,
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
