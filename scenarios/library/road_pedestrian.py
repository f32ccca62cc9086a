"""Somebody on foot is on the carriageway: the zone is the lanes, without crossings.

Who rides, or is seen through the window of a car, is not on foot.
"""

from scenarios.authoring import (
    AlarmType,
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

LANES = [(0, 6), (20, 6), (20, 14), (0, 14)]
ALONG = [(1, 10), (19, 10)]
# slow enough that the tracker follows the rider across the stage: the rule has to tell
CYCLIST = [Walks("person", ALONG, 2.0), Walks("bicycle", ALONG, 2.0)]


class RoadPedestrian(Parameters, frozen=True):
    """What a site may set."""

    people: Annotated[int, tunable(1, 50, zh="人数", en="People", counts=True)] = 1


@scenario(
    RoadPedestrian,
    title=Text(zh="行人闯入机动车道", en="Pedestrian on the road"),
    because=Text(zh="{people:.0f} 名行人在机动车道上", en="{people:.0f} on foot in the lanes"),
    duty=DutyClass.TRAFFIC,
    alarm_type=AlarmType.INTRUSION,
    needs_zone=True,
    per="zone",
    level=Level.MAJOR,
    watches={"person", "bicycle", "motorcycle", "car", "van", "truck", "bus"},
    hold=seconds(3),
    clear=seconds(15),
    cases=(
        Case(
            "who walks in the lanes",
            [Walks("person", ALONG, 1.4)],
            opens=1,
            zone=LANES,
            reaches=Level.MAJOR,
        ),
        Case(
            "before a car that stands",
            [Walks("person", [(6, 7), (14, 7)], 1.0), Stays("car", (10, 9))],
            opens=1,
            zone=LANES,
        ),
        Case("who cycles", CYCLIST, opens=0, zone=LANES),
        Case("on the pavement", [Walks("person", [(0, 3), (20, 3)], 1.4)], opens=0, zone=LANES),
        Case("cars", [Walks("car", [(2, y), (18, y)], 6.0) for y in (8, 12)], opens=0, zone=LANES),
    ),
    footage=(FootageCase("traffic.mp4", expects=[]),),
)
def rule(scene: Scene, road: RoadPedestrian) -> Iterator[Signal]:
    """Point at all in the zone who are on foot."""
    people = (one for one in scene.in_zone() if one.label == "person")
    on_foot = [person for person in people if not scene.is_riding(person)]
    if len(on_foot) >= road.people:
        yield scene.signal(*on_foot, people=len(on_foot))
