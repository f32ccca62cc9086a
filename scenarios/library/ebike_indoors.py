"""An electric bicycle is taken into a building or a lift, where its battery may burn.

Detectors see electric bicycles as bicycles or motorcycles, and cannot tell a plain bicycle
from an electric one: a site that lets plain ones in reviews before it sends somebody.
"""

from scenarios.authoring import (
    Annotated,
    Case,
    DutyClass,
    FootageCase,
    Iterator,
    Level,
    Parameters,
    Scene,
    Signal,
    Stays,
    Text,
    Walks,
    scenario,
    seconds,
    tunable,
)

CARS = {"car", "van", "truck", "bus"}  # detectors see a motorcycle in some of them
HALL = [(5, 4), (15, 4), (15, 12), (5, 12)]
THROUGH = [(10, 18), (10, 5)]
PUSHED = [Walks("person", [(10.6, 18), (10.6, 5)], 1.2), Walks("motorcycle", THROUGH, 1.2)]


class EbikeIndoors(Parameters, frozen=True):
    """What a site may set."""

    vehicles: Annotated[int, tunable(1, 20, zh="车辆数", en="Vehicles", counts=True)] = 1


@scenario(
    EbikeIndoors,
    title=Text(zh="电动车进楼", en="E-bike indoors"),
    because=Text(zh="{vehicles:.0f} 辆电动车进楼", en="E-bikes indoors: {vehicles:.0f}"),
    duty=DutyClass.FIRE,
    per="zone",
    level=Level.MAJOR,
    watches={"motorcycle", "bicycle", *CARS},
    hold=seconds(2),
    clear=seconds(20),
    cases=(
        Case("one is pushed in", PUSHED, opens=1, zone=HALL, reaches=Level.MAJOR),
        Case("one stands in the hall", [Stays("bicycle", (10, 8))], opens=1, zone=HALL),
        Case("people come home", [Walks("person", THROUGH, 1.2)], opens=0, zone=HALL),
        Case("one stands outside", [Stays("motorcycle", (10, 15))], opens=0, zone=HALL),
        Case(
            "one turns round in the door",
            [Walks("motorcycle", [(10, 16), (10, 11.6), (10, 16)], 1.4)],
            opens=0,
            zone=HALL,
        ),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ),
)
def rule(scene: Scene, ebike: EbikeIndoors) -> Iterator[Signal]:
    """Point at all that are in the zone."""
    ridden = (one for one in scene.in_zone() if one.label not in CARS)
    inside = [one for one in ridden if not scene.is_duplicate(one, CARS)]
    if len(inside) >= ebike.vehicles:
        yield scene.signal(*inside, vehicles=len(inside))
