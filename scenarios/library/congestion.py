"""The traffic stands or crawls. Speeds come from the size of vehicles, to a factor of two."""

from scenarios.authoring import (
    AlarmType,
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
    Walks,
    scenario,
    seconds,
    tunable,
)

KMH = 3.6  # kilometres an hour in a metre a second
JAM = [Stays("car", (x, y)) for y in (4, 10, 16) for x in (3, 9, 15)]
CRAWL = [Walks("car", [(x, y), (x + 4, y)] * 4, 0.5) for y in (4, 10, 16) for x in (3, 9, 15)]
FLOW = [
    Joins(Walks("car", [(2, y), (18, y)], 6.0), after=seconds(3 * i))
    for i in range(12)
    for y in (4, 10, 16)
]


class Congestion(Parameters, frozen=True):
    """What a site may set."""

    vehicles: Annotated[int, tunable(2, 100, zh="车辆数", en="Vehicles", counts=True)] = 6
    slow_kmh: Annotated[float, tunable(1, 60, zh="缓行速度（公里/时）", en="Slow (km/h)")] = 8.0


@scenario(
    Congestion,
    title=Text(zh="交通拥堵", en="Congestion"),
    because=Text(
        zh="{vehicles:.0f} 辆车以低于 {slow_kmh:g} 公里/时缓行",
        en="{vehicles:.0f} vehicles slower than {slow_kmh:g} km/h",
    ),
    duty=DutyClass.TRAFFIC,
    alarm_type=AlarmType.FLOW,
    per="zone",
    level=Level.MINOR,
    watches={"car", "van", "truck", "bus"},
    hold=seconds(60),
    clear=seconds(60),
    cases=(
        Case("nine stand", JAM, opens=1, reaches=Level.MINOR),
        Case("nine crawl", CRAWL, opens=1, parameters={"hold": 20}),
        Case("traffic flows", FLOW, opens=0, parameters={"hold": 5}),
        Case("a few wait", JAM[:4], opens=0),
        Case("a red light", [Leaves(car, after=seconds(45)) for car in JAM], opens=0),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
        FootageCase(
            "traffic.mp4",
            expects=[(9.8, 19.8)],
            parameters={"vehicles": 3, "slow_kmh": 20, "hold": 5},
        ),
    ),
)
def rule(scene: Scene, congestion: Congestion) -> Iterator[Signal]:
    """Point at the slow, if they are many, and more than those that pass them."""
    vehicles = scene.in_zone()
    slow = [one for one in vehicles if scene.speed_mps(one) * KMH <= congestion.slow_kmh]
    if len(slow) >= max(congestion.vehicles, len(vehicles) / 2):
        yield scene.signal(*slow, vehicles=len(slow), slow_kmh=congestion.slow_kmh)
