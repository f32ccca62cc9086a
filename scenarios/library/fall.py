"""Somebody falls, and stays down.

A fall is quick, lying down is slow: see ``pipeline/scene/posture.py`` for the bounds and for how
they do on falls and on daily life.
"""

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

LONG = 60  # seconds; who is not up by then is hurt, or nobody helps
WALKER = Walks("person", [(4, 8), (16, 8)], 1.2)
SLOWLY = seconds(5)


class Fall(Parameters, frozen=True):
    """What a site may set: nothing but the timing; ``hold`` is how long he is down."""


@scenario(
    Fall,
    title=Text(zh="人员倒地", en="Fall"),
    because=Text(zh="倒地 {lies_s:.0f} 秒未起", en="Fell and has been down for {lies_s:.0f} s"),
    duty=DutyClass.SECURITY,
    per="subject",
    level=Level.MAJOR,
    watches={"person"},
    needs={"postures"},
    hold=seconds(2),
    clear=seconds(15),
    cases=(
        Case("who falls", [Falls(WALKER, after=seconds(5))], opens=1, reaches=Level.MAJOR),
        Case(
            "who stays down for long",
            [Falls(WALKER, after=seconds(5))],
            opens=1,
            reaches=Level.CRITICAL,
            duration=seconds(90),
        ),
        Case("who lies down", [Falls(WALKER, after=seconds(5), duration=SLOWLY)], opens=0),
        Case(
            "who is up at once",
            [Falls(WALKER, after=seconds(4), up_after=seconds(5.8))],
            opens=0,
        ),
        Case("who walks", [WALKER], opens=0),
        Case("who stands", [Stays("person", (10, 10))], opens=0),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ),
)
def rule(scene: Scene, fall: Fall) -> Iterator[Signal]:  # noqa: ARG001  # it has none to ask
    """Point at each who fell and is down."""
    for person in scene.in_zone():
        if scene.has_fallen(person):
            lies = scene.lying_for(person).total_seconds()
            level = Level.CRITICAL if lies >= LONG else Level.MAJOR
            yield scene.signal(person, level=level, lies_s=lies)
