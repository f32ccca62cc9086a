"""Somebody walks about in a place for longer than anybody has to.

``hold`` is how long. Who has never left the place where he was first seen is no loiterer: he
sits or works there.
"""

from scenarios.authoring import (
    AlarmType,
    Case,
    DutyClass,
    FootageCase,
    Iterator,
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
)

PACING = Walks("person", [(6, 10), (14, 10)] * 12, 1.0)
ELSEWHERE = Walks("person", [(6, 3), (14, 3)] * 12, 0.8)
GRASS = [(0, 0.5), (0.5, 0.62), (0.8, 1), (0, 1)]
YARD = [(4, 6), (16, 6), (16, 15), (4, 15)]


class Loitering(Parameters, frozen=True):
    """What a site may set: nothing but the timing; ``hold`` is how long anybody may stay."""


@scenario(
    Loitering,
    title=Text(zh="人员徘徊", en="Loitering"),
    because=Text(zh="徘徊已 {held_s:.0f} 秒", en="Has walked about for {held_s:.0f} s"),
    duty=DutyClass.SECURITY,
    alarm_type=AlarmType.LOITERING,
    per="subject",
    level=Level.MINOR,
    watches={"person"},
    hold=seconds(120),
    clear=seconds(30),
    cases=(
        Case("who walks up and down", [PACING], opens=1, reaches=Level.MINOR, zone=YARD),
        Case("two are two", [PACING, ELSEWHERE], opens=2),
        Case("outside of the zone", [ELSEWHERE], opens=0, zone=YARD),
        Case("who goes in time", [Leaves(PACING, after=seconds(90))], opens=0, zone=YARD),
        Case("who passes", [Walks("person", [(0, 10), (20, 10)], 1.4)], opens=0, zone=YARD),
        Case("who sits there", [Stays("person", (10, 10))], opens=0, zone=YARD),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
        FootageCase("vtest.avi", expects=[(63.5, 79.4)], zone=GRASS, parameters={"hold": 10}),
    ),
)
def rule(scene: Scene, loitering: Loitering) -> Iterator[Signal]:  # noqa: ARG001  # none to ask
    """Point at each who is in the zone, and did not grow there."""
    for person in scene.in_zone():
        if scene.has_moved(person):
            yield scene.signal(person)
