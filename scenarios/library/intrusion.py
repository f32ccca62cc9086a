"""Somebody is where nobody may be."""

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
    standing,
    tunable,
)

YARD = [(5, 5), (15, 5), (15, 15), (5, 15)]
GRASS = [(0, 0.5), (0.5, 0.62), (0.8, 1), (0, 1)]
INSIDE = Stays("person", (10, 10))


class Intrusion(Parameters, frozen=True):
    """What a site may set."""

    people: Annotated[int, tunable(1, 50, zh="人数", en="People", counts=True)] = 1


@scenario(
    Intrusion,
    title=Text(zh="区域入侵", en="Intrusion"),
    because=Text(zh="{people:.0f} 人进入禁止区域", en="{people:.0f} in a forbidden area"),
    duty=DutyClass.SECURITY,
    alarm_type=AlarmType.INTRUSION,
    # The worker goes to a place: five who climb in together are one order, not five.
    per="zone",
    level=Level.MAJOR,
    watches={"person"},
    hold=seconds(3),
    clear=seconds(20),
    cases=(
        Case("who stands in the yard", [INSIDE], opens=1, reaches=Level.MAJOR, zone=YARD),
        Case("five at once are one alert", standing(5, "person", at=(10, 10)), opens=1, zone=YARD),
        Case(
            "who comes later is the same intrusion",
            [Leaves(INSIDE, after=seconds(10)), Joins(INSIDE, after=seconds(20))],
            opens=1,
            zone=YARD,
        ),
        Case("who walks through", [Walks("person", [(0, 10), (20, 10)], 1.4)], opens=1, zone=YARD),
        Case(
            "who walks along the fence",
            [Walks("person", [(3, 0), (3, 20)], 1.4)],
            opens=0,
            zone=YARD,
        ),
        Case(
            "a step over the corner", [Walks("person", [(4, 6), (6, 4)], 1.4)], opens=0, zone=YARD
        ),
        Case("a dog is nobody", [Stays("dog", (10, 10))], opens=0, zone=YARD),
    ),
    footage=(
        FootageCase("traffic.mp4", expects=[]),
        FootageCase("vtest.avi", expects=[(54.4, 79.4)], zone=GRASS),
    ),
)
def rule(scene: Scene, intrusion: Intrusion) -> Iterator[Signal]:
    """Point at all who are in the zone."""
    inside = scene.in_zone()
    if len(inside) >= intrusion.people:
        yield scene.signal(*inside, people=len(inside))
