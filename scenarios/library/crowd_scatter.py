"""People who were together run apart: something has frightened them."""

import math

from scenarios import authoring as gw

PANIC = 15  # people; so many are hurt by each other, not only by what they flee
EVERY_WAY = 0.5  # of 0 (a race) to 1 (a star): less is a group that runs together


class Scatter(gw.Parameters):
    people: int = gw.parameter(5, min=3, max=200, zh="奔跑人数", en="People running", counts=True)
    speed_mps: float = gw.parameter(2.2, min=1.5, max=8, zh="奔跑速度（米/秒）", en="Running (m/s)")


@gw.rule(Scatter, per="zone", labels={"person"}, hold="0.8s", clear="15s")
def crowd_scatter(scene: gw.Scene, params: Scatter) -> gw.Signals:
    """Point at those who run from the middle of all, if they run every way."""
    runners = scene.dispersing(min_speed_mps=params.speed_mps, min_count=params.people)
    if len(runners) >= params.people and scene.heading_dispersion(runners) >= EVERY_WAY:
        level = gw.Level.CRITICAL if len(runners) >= PANIC else gw.Level.MAJOR
        yield scene.signal(*runners, level=level, people=len(runners), speed_mps=params.speed_mps)


STAR = [(math.cos(i * math.pi / 5), math.sin(i * math.pi / 5)) for i in range(10)]


def apart(speed: float) -> list[gw.Actor]:
    """Ten stand in a ring for six seconds, then each goes his own way."""
    stand = [gw.Stays("person", (10 + 1.5 * x, 10 + 1.5 * y)) for x, y in STAR]
    run = [
        gw.Walks("person", [one.at, (10 + 9 * x, 10 + 9 * y)], speed)
        for one, (x, y) in zip(stand, STAR, strict=True)
    ]
    return [
        *(gw.Leaves(one, after=gw.seconds(6)) for one in stand),
        *(gw.Joins(one, after=gw.seconds(6)) for one in run),
    ]


RACE = [gw.Walks("person", [(0, y), (20, y)], 2.6) for y in range(5, 15)]

scenario = gw.scenario(
    crowd_scatter,
    title=gw.Text(zh="人群四散奔跑", en="Crowd scatters"),
    message=gw.Text(
        zh="{people:.0f} 人以 {speed_mps:.1f} 米/秒以上四散奔跑",
        en="{people:.0f} people run apart at {speed_mps:.1f} m/s or more",
    ),
    duty=gw.DutyClass.SECURITY,
    alarm_type=gw.AlarmType.FAST_MOVING,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case("ten run apart", apart(3.5), opens=1, reaches=gw.Level.MAJOR),
        gw.Case("ten walk apart", apart(1.4), opens=0),
        gw.Case("a race runs one way", RACE, opens=0),
        gw.Case("three who run apart are children", apart(3.5)[::4], opens=0),
        gw.Case(
            "a crowd that stays", [gw.Stays("person", (10 + x, 10 + y)) for x, y in STAR], opens=0
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
