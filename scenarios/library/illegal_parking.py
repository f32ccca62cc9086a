"""A vehicle stands where none may; set ``hold`` longer than a red light or a delivery."""

from scenarios.authoring import (
    Case,
    DutyClass,
    FootageCase,
    Iterator,
    Leaves,
    Level,
    Parameters,
    Scene,
    Signal,
    Stays,
    Text,
    Walks,
    scenario,
    seconds,
)

KERB = [(2, 6), (18, 6), (18, 12), (2, 12)]
CAR = Stays("car", (10, 9))
SWAY = 5  # seconds in its place before it counts as standing


class Parking(Parameters, frozen=True):
    """What a site may set: nothing but the timing; ``hold`` is how long one may stand."""


@scenario(
    Parking,
    title=Text(zh="违停", en="Illegal parking"),
    because=Text(zh="车辆已停放 {still_s:.0f} 秒", en="Has stood for {still_s:.0f} s"),
    duty=DutyClass.TRAFFIC,
    per="subject",
    level=Level.MINOR,
    watches={"car", "van", "truck", "bus"},
    hold=seconds(180),
    clear=seconds(30),
    cases=(
        Case("a car that stays", [CAR], opens=1, zone=KERB, reaches=Level.MINOR),
        Case("two are two orders", [CAR, Stays("car", (4, 7))], opens=2, zone=KERB),
        Case("who sets somebody down", [Leaves(CAR, after=seconds(60))], opens=0, zone=KERB),
        Case("beside the zone", [Stays("car", (10, 15))], opens=0, zone=KERB),
        Case(
            "who drives through",
            [Walks("car", [(2, 9), (18, 9)], 5.0)],
            opens=0,
            zone=KERB,
            parameters={"hold": 10},
        ),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
    ),
)
def rule(scene: Scene, parking: Parking) -> Iterator[Signal]:  # noqa: ARG001  # it has none to ask
    """Point at each that stands in the zone."""
    for vehicle in scene.in_zone():
        still = scene.stationary_for(vehicle).total_seconds()
        if still >= SWAY:
            yield scene.signal(vehicle, still_s=still)
