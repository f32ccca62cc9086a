"""A pedestrian is on the carriageway.

The zone is the lanes without the crossings. A person who rides, or who is seen through the window
of a car, is not on foot.
"""

from scenarios import authoring as gw


class RoadPedestrian(gw.Parameters):
    people: int = gw.parameter(1, min=1, max=50, zh="人数", en="People", is_min_count=True)


@gw.rule(
    RoadPedestrian,
    per="zone",
    zone_required=True,
    labels={"person", "bicycle", "motorcycle", "car", "van", "truck", "bus"},
    hold="3s",
    clear="15s",
)
def road_pedestrian(scene: gw.Scene, params: RoadPedestrian) -> gw.Signals:
    """Signal everybody in the zone who is on foot."""
    people = [track for track in scene.in_zone() if track.label == "person"]
    on_foot = [person for person in people if not scene.is_riding(person)]
    if len(on_foot) >= params.people:
        yield scene.signal(*on_foot, people=len(on_foot))


LANES = [(0, 6), (20, 6), (20, 14), (0, 14)]
ALONG = [(1, 10), (19, 10)]
# Slow enough for the tracker to follow the rider, so that the rule has to decide.
CYCLIST = [gw.Walks("person", ALONG, 2.0), gw.Walks("bicycle", ALONG, 2.0)]
STREET = [(0.52, 0.2), (0.62, 0.1), (0.95, 0.1), (1, 0.5), (1, 0.75), (0.75, 0.8), (0.6, 0.75)]
ROADS = [
    "two-way-road",
    "intel-cars-topdown",
    "a-camera1",
    "a-casino",
    "a-milanoest",
    "a-salitona",
    "a-svincolo",
]

scenario = gw.scenario(
    road_pedestrian,
    title=gw.Text(zh="行人闯入机动车道", en="Pedestrian on the road"),
    message=gw.Text(
        zh="{people:.0f} 名行人进入机动车道", en="Pedestrians on the carriageway: {people:.0f}"
    ),
    duty=gw.DutyClass.TRAFFIC,
    family=gw.Family.PEDESTRIAN,
    life_and_limb=True,
    alarm_type=gw.AlarmType.INTRUSION,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "a person walks in the lanes",
            [gw.Walks("person", ALONG, 1.4)],
            opens=1,
            zone=LANES,
            reaches=gw.Level.MAJOR,
        ),
        gw.Case(
            "a person walks in front of a standing car",
            [gw.Walks("person", [(6, 7), (14, 7)], 1.0), gw.Stays("car", (10, 9))],
            opens=1,
            zone=LANES,
        ),
        gw.Case("a person cycles", CYCLIST, opens=0, zone=LANES),
        gw.Case(
            "a person walks on the pavement",
            [gw.Walks("person", [(0, 3), (20, 3)], 1.4)],
            opens=0,
            zone=LANES,
        ),
        gw.Case(
            "cars drive past",
            [gw.Walks("car", [(2, y), (18, y)], 6.0) for y in (8, 12)],
            opens=0,
            zone=LANES,
        ),
    ],
    footage=[
        gw.FootageCase(
            "fi048", expects=[(1.2, 1.8)], tolerance_s=0.5, zone=STREET, parameters={"hold": 1}
        ),
        *(gw.FootageCase(clip, expects=[]) for clip in ROADS),
        gw.FootageCase("traffic.mp4", expects=[]),
    ],
)
