"""Traffic stands or crawls.

Without measured ground points, speeds follow from the size of vehicles, within a factor of two.
"""

from scenarios import authoring as gw

KMH_PER_MPS = 3.6


class Congestion(gw.Parameters):
    vehicles: int = gw.parameter(6, min=2, max=100, zh="车辆数", en="Vehicles", is_min_count=True)
    slow_kmh: float = gw.parameter(
        8.0, min=1, max=60, zh="缓行速度（公里/时）", en="Slow below (km/h)"
    )


@gw.rule(Congestion, per="zone", labels={"car", "van", "truck", "bus"}, hold="60s", clear="60s")
def congestion(scene: gw.Scene, params: Congestion) -> gw.Signals:
    """Signal the slow vehicles if they are enough, and at least half of all."""
    vehicles = scene.in_zone()
    slow = [v for v in vehicles if scene.speed_mps(v) * KMH_PER_MPS <= params.slow_kmh]
    if len(slow) >= max(params.vehicles, len(vehicles) / 2):
        yield scene.signal(*slow, vehicles=len(slow), slow_kmh=params.slow_kmh)


JAM = [gw.Stays("car", (x, y)) for y in (4, 10, 16) for x in (3, 9, 15)]
CRAWL = [gw.Walks("car", [(x, y), (x + 4, y)] * 4, 0.5) for y in (4, 10, 16) for x in (3, 9, 15)]
FLOW = [
    gw.Joins(gw.Walks("car", [(2, y), (18, y)], 6.0), after=gw.seconds(3 * i))
    for i in range(12)
    for y in (4, 10, 16)
]
FLOWING = [
    "intel-cars-topdown",
    "a-camera1",
    "a-casino",
    "a-milanoest",
    "a-svincolo",
]

scenario = gw.scenario(
    congestion,
    title=gw.Text(zh="交通拥堵", en="Congestion"),
    message=gw.Text(
        zh="{vehicles:.0f} 辆车以低于 {slow_kmh:g} 公里/时缓行",
        en="{vehicles:.0f} vehicles move slower than {slow_kmh:g} km/h",
    ),
    duty=gw.DutyClass.TRAFFIC,
    family=gw.Family.TRAFFIC,
    alarm_type=gw.AlarmType.FLOW,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("nine cars stand", JAM, opens=1, reaches=gw.Level.MINOR),
        gw.Case("nine cars crawl", CRAWL, opens=1, parameters={"hold": 20}),
        gw.Case("traffic flows", FLOW, opens=0, parameters={"hold": 5}),
        gw.Case("four cars wait", JAM[:4], opens=0),
        gw.Case(
            "cars wait at a red light",
            [gw.Leaves(car, after=gw.seconds(45)) for car in JAM],
            opens=0,
        ),
    ],
    footage=[
        *(gw.FootageCase(clip, expects=[], parameters={"hold": 5}) for clip in FLOWING),
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase(
            "traffic.mp4",
            expects=[(9.8, 19.8)],
            parameters={"vehicles": 3, "slow_kmh": 20, "hold": 5},
        ),
    ],
)
