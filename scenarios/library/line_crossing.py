"""Somebody has crossed a line.

Draw it from left to right for those who come in: who looks from its start to its end has the
inside on the right. The alert lasts as long as they are in view beyond the line.
"""

from scenarios.authoring import (
    AlarmType,
    Annotated,
    Case,
    Direction,
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

FENCE = [(2, 10), (18, 10)]  # the inside is towards the camera
IN = Walks("person", [(10, 15), (10, 5)], 1.4)
OUT = Walks("person", [(10, 5), (10, 15)], 1.4)
KERB = [(0.99, 0.5), (0.01, 0.7)]
PATH = [(0.12, 0.30), (0.12, 0.52)]


class Crossing(Parameters, frozen=True):
    """What a site may set."""

    people: Annotated[int, tunable(1, 50, zh="人数", en="People")] = 1
    both_ways: Annotated[
        int, tunable(0, 1, zh="双向（1）或仅进入（0）", en="Both ways (1) or in (0)")
    ] = 1


@scenario(
    Crossing,
    title=Text(zh="越线", en="Line crossing"),
    because=Text(zh="{people:.0f} 人越线", en="{people:.0f} crossed the line"),
    duty=DutyClass.SECURITY,
    alarm_type=AlarmType.TRIPWIRE,
    zone_kind="line",
    # The worker goes to a place: five who cross together are one order, not five.
    per="zone",
    level=Level.MINOR,
    watches={"person"},
    hold=seconds(0),
    clear=seconds(10),
    cases=(
        Case("who comes in", [IN], opens=1, zone=FENCE, reaches=Level.MINOR),
        Case("who goes out", [OUT], opens=1, zone=FENCE),
        Case("in alone counts", [OUT], opens=0, zone=FENCE, parameters={"both_ways": 0}),
        Case(
            "five at once are one alert",
            [Walks("person", [(x, 15), (x, 5)], 1.4) for x in (6, 8, 10, 12, 14)],
            opens=1,
            zone=FENCE,
        ),
        Case("who walks along it", [Walks("person", [(2, 9), (18, 9)], 1.4)], opens=0, zone=FENCE),
        Case(
            "who walks round its end",
            [Walks("person", [(10, 15), (19.5, 12), (19.5, 8), (10, 5)], 1.4)],
            opens=0,
            zone=FENCE,
        ),
        Case("who stands on it", [Stays("person", (10, 10))], opens=0, zone=FENCE),
    ),
    footage=(
        FootageCase("one-by-one-person-detection.mp4", expects=[], zone=KERB),
        FootageCase("vtest.avi", expects=[(20.2, 39.6), (56.2, 79.4)], zone=PATH),
    ),
)
def rule(scene: Scene, crossing: Crossing) -> Iterator[Signal]:
    """Point at all who have crossed."""
    over = scene.crossed(None if crossing.both_ways else Direction.INWARD)
    if len(over) >= crossing.people:
        yield scene.signal(*over, people=len(over))
