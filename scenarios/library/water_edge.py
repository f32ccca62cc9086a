"""Somebody is in the water or too close to it: the zone is the water and its edge."""

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
    standing,
    tunable,
)

LONG = 60  # seconds; who stays so long is bathing, fishing, or cannot get out
BANK = [(0, 10), (20, 10), (20, 14), (0, 14)]
ANGLER = Stays("person", (10, 12))
PLOT = [(0, 0.2), (0.3, 0.13), (0.45, 0.2), (0.15, 0.27)]  # lawn nobody walks on


class WaterEdge(Parameters, frozen=True):
    """What a site may set."""

    people: Annotated[int, tunable(1, 50, zh="人数", en="People", counts=True)] = 1


@scenario(
    WaterEdge,
    title=Text(zh="涉水临边", en="At the water's edge"),
    because=Text(
        zh="{people:.0f} 人涉水临边，最久 {dwell_s:.0f} 秒",
        en="{people:.0f} at the water, the longest for {dwell_s:.0f} s",
    ),
    duty=DutyClass.WATER,
    alarm_type=AlarmType.INTRUSION,
    needs_zone=True,
    per="zone",
    level=Level.MAJOR,
    watches={"person"},
    hold=seconds(5),
    clear=seconds(20),
    cases=(
        Case("who stands on the bank", [ANGLER], opens=1, zone=BANK, reaches=Level.MAJOR),
        Case(
            "who stays", [ANGLER], opens=1, zone=BANK, reaches=Level.CRITICAL, duration=seconds(80)
        ),
        Case("three are one alert", standing(3, "person", at=(10, 11)), opens=1, zone=BANK),
        Case("on the path", [Walks("person", [(0, 7), (20, 7)], 1.4)], opens=0, zone=BANK),
        Case(
            "a few steps over and back",
            [Walks("person", [(8, 8), (9, 11), (10, 8)], 1.4)],
            opens=0,
            zone=BANK,
        ),
        Case("a dog may bathe", [Stays("dog", (10, 12))], opens=0, zone=BANK),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[], zone=PLOT),
        FootageCase("traffic.mp4", expects=[]),
    ),
)
def rule(scene: Scene, water: WaterEdge) -> Iterator[Signal]:
    """Point at all who are in the zone."""
    inside = scene.in_zone()
    if len(inside) >= water.people:
        longest = max(map(scene.dwell, inside)).total_seconds()
        level = Level.CRITICAL if longest >= LONG else Level.MAJOR
        yield scene.signal(*inside, level=level, people=len(inside), dwell_s=longest)
