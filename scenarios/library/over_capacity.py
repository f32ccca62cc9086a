"""More people are inside than may be: in minus out over the lines of all doors.

Each line has the inside on its right. The count never falls below nobody, so it mends itself
whenever the place is empty; it does not know who was inside when the box was switched on.
"""

from scenarios.authoring import (
    AlarmType,
    Annotated,
    Case,
    DutyClass,
    FootageCase,
    Iterator,
    Joins,
    Level,
    Parameters,
    Scene,
    Signal,
    Text,
    Walks,
    scenario,
    seconds,
    tunable,
)

FAR_TOO_MANY = 1.2  # times what is allowed; escape routes are made for no more
DOOR = [(2, 10), (18, 10)]  # the inside is towards the camera


def coming(n: int, *, speed: float = 1.3) -> list[Joins]:
    """So many come in, a second and a half apart, side by side with room between."""
    return [
        Joins(
            Walks("person", [(4 + 3 * (i % 5), 15), (4 + 3 * (i % 5), 5)], speed),
            after=seconds(1.5 * i),
        )
        for i in range(n)
    ]


GOING = [
    Joins(Walks("person", [(4 + 3 * i, 5), (4 + 3 * i, 15)], 1.3), after=seconds(1.5 * (7 + i)))
    for i in range(5)
]
PATH = [(0.12, 0.30), (0.12, 0.52)]


class Capacity(Parameters, frozen=True):
    """What a site may set."""

    people: Annotated[int, tunable(1, 5000, zh="核定人数", en="People allowed")] = 100


@scenario(
    Capacity,
    title=Text(zh="场所超员", en="Over capacity"),
    because=Text(
        zh="场所内 {people:.0f} 人，核定 {allowed:.0f} 人",
        en="{people:.0f} people inside, {allowed:.0f} allowed",
    ),
    duty=DutyClass.PREMISES,
    alarm_type=AlarmType.FLOW,
    zone_kind="line",
    per="zone",
    level=Level.MAJOR,
    watches={"person"},
    hold=seconds(5),
    clear=seconds(30),
    cases=(
        Case(
            "eleven where ten may be",
            coming(11),
            opens=1,
            zone=DOOR,
            parameters={"people": 10},
            reaches=Level.MAJOR,
        ),
        Case(
            "far too many",
            coming(13),
            opens=1,
            zone=DOOR,
            parameters={"people": 10},
            reaches=Level.CRITICAL,
        ),
        Case("as many as may be", coming(10), opens=0, zone=DOOR, parameters={"people": 10}),
        Case("some leave", [*coming(12), *GOING], opens=0, zone=DOOR, parameters={"people": 10}),
    ),
    footage=(FootageCase("vtest.avi", expects=[], zone=PATH),),
)
def rule(scene: Scene, capacity: Capacity) -> Iterator[Signal]:
    """Point at the door once too many have come in."""
    if scene.occupancy is not None and scene.occupancy > capacity.people:
        far = scene.occupancy > FAR_TOO_MANY * capacity.people
        level = Level.CRITICAL if far else Level.MAJOR
        yield scene.signal(
            scene.zone_target(), level=level, people=scene.occupancy, allowed=capacity.people
        )
