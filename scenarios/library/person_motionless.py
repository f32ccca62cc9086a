"""Somebody lies there and does not move."""

from scenarios.authoring import (
    Case,
    DutyClass,
    Falls,
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
)

LONG = 300  # seconds; in the cold, or hurt, minutes count from here on
SWAY = 5  # seconds in his place before it counts as lying still
LYING = Falls(Stays("person", (10, 8)), after=seconds(-5))
WALKER = Walks("person", [(4, 8), (16, 8)], 1.2)
SLOWLY = Falls(WALKER, after=seconds(5), duration=seconds(4))
UP_IN_TIME = Falls(WALKER, after=seconds(5), duration=seconds(4), up_after=seconds(50))


class Motionless(Parameters, frozen=True):
    """What a site may set: nothing but the timing; ``hold`` is how long he may lie."""


@scenario(
    Motionless,
    title=Text(zh="人员久卧不动", en="Person motionless"),
    because=Text(zh="卧地不动已 {still_s:.0f} 秒", en="Has lain still for {still_s:.0f} s"),
    duty=DutyClass.SECURITY,
    per="subject",
    level=Level.MAJOR,
    watches={"person"},
    needs={"postures"},
    hold=seconds(60),
    clear=seconds(20),
    cases=(
        Case("who lies there", [LYING], opens=1, reaches=Level.MAJOR),
        Case("who lies down and stays", [SLOWLY], opens=1),
        Case("for minutes", [LYING], opens=1, reaches=Level.CRITICAL, duration=seconds(400)),
        Case("who stands", [Stays("person", (10, 8))], opens=0),
        Case("who gets up in time", [UP_IN_TIME], opens=0, duration=seconds(60)),
        Case("who walks", [Walks("person", [(4, 8), (16, 8)] * 8, 1.2)], opens=0),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ),
)
def rule(scene: Scene, motionless: Motionless) -> Iterator[Signal]:  # noqa: ARG001  # none to ask
    """Point at each who lies in his place."""
    for person in scene.in_zone():
        if not scene.lying_for(person):
            continue
        still = scene.stationary_for(person).total_seconds()
        if still >= SWAY:
            level = Level.CRITICAL if still >= LONG else Level.MAJOR
            yield scene.signal(person, level=level, still_s=still)
