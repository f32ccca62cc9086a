"""Somebody on foot is on the carriageway: the zone is the lanes, without crossings.

Who rides, or is seen through the window of a car, is not on foot.
"""

from scenarios import authoring as gw


class RoadPedestrian(gw.Parameters):
    people: int = gw.parameter(1, min=1, max=50, zh="人数", en="People", counts=True)


@gw.rule(
    RoadPedestrian,
    per="zone",
    zone_required=True,
    labels={"person", "bicycle", "motorcycle", "car", "van", "truck", "bus"},
    hold="3s",
    clear="15s",
)
def road_pedestrian(scene: gw.Scene, params: RoadPedestrian) -> gw.Signals:
    """Point at all in the zone who are on foot."""
    people = (one for one in scene.in_zone() if one.label == "person")
    on_foot = [person for person in people if not scene.is_riding(person)]
    if len(on_foot) >= params.people:
        yield scene.signal(*on_foot, people=len(on_foot))


LANES = [(0, 6), (20, 6), (20, 14), (0, 14)]
ALONG = [(1, 10), (19, 10)]
# slow enough that the tracker follows the rider across the stage: the rule has to tell
CYCLIST = [gw.Walks("person", ALONG, 2.0), gw.Walks("bicycle", ALONG, 2.0)]

scenario = gw.scenario(
    road_pedestrian,
    title=gw.Text(zh="行人闯入机动车道", en="Pedestrian on the road"),
    message=gw.Text(zh="{people:.0f} 名行人在机动车道上", en="{people:.0f} on foot in the lanes"),
    duty=gw.DutyClass.TRAFFIC,
    alarm_type=gw.AlarmType.INTRUSION,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "who walks in the lanes",
            [gw.Walks("person", ALONG, 1.4)],
            opens=1,
            zone=LANES,
            reaches=gw.Level.MAJOR,
        ),
        gw.Case(
            "before a car that stands",
            [gw.Walks("person", [(6, 7), (14, 7)], 1.0), gw.Stays("car", (10, 9))],
            opens=1,
            zone=LANES,
        ),
        gw.Case("who cycles", CYCLIST, opens=0, zone=LANES),
        gw.Case(
            "on the pavement", [gw.Walks("person", [(0, 3), (20, 3)], 1.4)], opens=0, zone=LANES
        ),
        gw.Case(
            "cars", [gw.Walks("car", [(2, y), (18, y)], 6.0) for y in (8, 12)], opens=0, zone=LANES
        ),
    ],
    footage=[
        gw.FootageCase("traffic.mp4", expects=[]),
    ],
)
