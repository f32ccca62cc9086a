"""Somebody hangs on a wall or fence.

The zone is the face of the wall as the picture shows it, from a foot above the ground to its
top: whose feet are there stands on no ground. Behind a fence that is seen through, somebody
who walks along is left out by his speed; somebody who stands still there is not.
"""

from scenarios.authoring import (
    AlarmType,
    Annotated,
    Case,
    Climbs,
    Duty,
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

# A wall of 1.7 m along y = 10, from half a metre up, as the camera of the stage sees it.
FACE = [(4.8, 11.5), (15.2, 11.5), (16.4, 18.5), (3.6, 18.5)]
AT_THE_WALL = Stays("person", (10, 10))
FRONT = [(0.42, 0.06), (0.76, 0.06), (0.76, 0.19), (0.42, 0.19)]  # of a house


class Climbing(Parameters, frozen=True):
    """What a site may set."""

    speed_mps: Annotated[
        float, tunable(0.2, 3, zh="横向速度上限（米/秒）", en="Sideways at most (m/s)")
    ] = 0.8


@scenario(
    Climbing,
    title=Text(zh="翻越围栏", en="Climbing"),
    because=Text(zh="{people:.0f} 人攀爬围栏", en="{people:.0f} on the wall"),
    duty=Duty.SECURITY,
    alarm_type=AlarmType.INTRUSION,
    per="zone",
    level=Level.MAJOR,
    watches={"person"},
    hold=seconds(1),
    clear=seconds(15),
    cases=(
        Case(
            "who climbs up",
            [Climbs(AT_THE_WALL, to_m=1.2, after=seconds(3))],
            opens=1,
            reaches=Level.MAJOR,
            zone=FACE,
        ),
        Case("who stands at the wall", [AT_THE_WALL], opens=0, zone=FACE),
        Case("who walks before it", [Walks("person", [(2, 9), (18, 9)], 1.4)], opens=0, zone=FACE),
        Case(
            "who walks behind it, seen through",
            [Walks("person", [(1, 15), (19, 15)], 1.4)],
            opens=0,
            zone=FACE,
        ),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[], zone=FRONT),
        FootageCase("traffic.mp4", expects=[]),
    ),
)
def rule(scene: Scene, climbing: Climbing) -> Iterator[Signal]:
    """Point at all whose feet are on the wall, and do not walk along behind it."""
    up = [one for one in scene.in_zone() if scene.sideways(one) <= climbing.speed_mps]
    if up:
        yield scene.signal(*up, people=len(up))
