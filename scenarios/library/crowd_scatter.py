"""People who were together run apart: something has frightened them."""

import math

from scenarios.authoring import (
    Actor,
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
    tunable,
)

PANIC = 15  # people; so many are hurt by each other, not only by what they flee
EVERY_WAY = 0.5  # of 0 (a race) to 1 (a star): less is a group that runs together
STAR = [(math.cos(i * math.pi / 5), math.sin(i * math.pi / 5)) for i in range(10)]


def apart(speed: float) -> list[Actor]:
    """Ten stand in a ring for six seconds, then each goes his own way."""
    stand = [Stays("person", (10 + 1.5 * x, 10 + 1.5 * y)) for x, y in STAR]
    run = [
        Walks("person", [one.at, (10 + 9 * x, 10 + 9 * y)], speed)
        for one, (x, y) in zip(stand, STAR, strict=True)
    ]
    return [
        *(Leaves(one, after=seconds(6)) for one in stand),
        *(Joins(one, after=seconds(6)) for one in run),
    ]


RACE = [Walks("person", [(0, y), (20, y)], 2.6) for y in range(5, 15)]


class Scatter(Parameters, frozen=True):
    """What a site may set."""

    people: Annotated[int, tunable(3, 200, zh="奔跑人数", en="People running", counts=True)] = 5
    speed_mps: Annotated[float, tunable(1.5, 8, zh="奔跑速度（米/秒）", en="Running (m/s)")] = 2.2


@scenario(
    Scatter,
    title=Text(zh="人群四散奔跑", en="Crowd scatters"),
    because=Text(
        zh="{people:.0f} 人以 {speed_mps:.1f} 米/秒以上四散奔跑",
        en="{people:.0f} people run apart at {speed_mps:.1f} m/s or more",
    ),
    duty=DutyClass.SECURITY,
    alarm_type=AlarmType.FAST_MOVING,
    per="zone",
    level=Level.MAJOR,
    watches={"person"},
    hold=seconds(0.8),
    clear=seconds(15),
    cases=(
        Case("ten run apart", apart(3.5), opens=1, reaches=Level.MAJOR),
        Case("ten walk apart", apart(1.4), opens=0),
        Case("a race runs one way", RACE, opens=0),
        Case("three who run apart are children", apart(3.5)[::4], opens=0),
        Case("a crowd that stays", [Stays("person", (10 + x, 10 + y)) for x, y in STAR], opens=0),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ),
)
def rule(scene: Scene, scatter: Scatter) -> Iterator[Signal]:
    """Point at those who run from the middle of all, if they run every way."""
    runners = scene.dispersing(min_speed_mps=scatter.speed_mps, min_count=scatter.people)
    if len(runners) >= scatter.people and scene.heading_dispersion(runners) >= EVERY_WAY:
        level = Level.CRITICAL if len(runners) >= PANIC else Level.MAJOR
        yield scene.signal(*runners, level=level, people=len(runners), speed_mps=scatter.speed_mps)
