"""A group runs apart in all directions, as people do who have been frightened."""

import math

from scenarios import authoring as gw

CRITICAL_PEOPLE = 15  # so many also hurt each other
MIN_DISPERSION = 0.5  # 0: all run one way, 1: they run every way; below, a group runs together


class CrowdScatter(gw.Parameters):
    people: int = gw.parameter(
        5, min=3, max=200, zh="奔跑人数", en="People running", is_min_count=True
    )
    speed_mps: float = gw.parameter(2.2, min=1.5, max=8, zh="奔跑速度（米/秒）", en="Running (m/s)")


@gw.rule(CrowdScatter, per="zone", labels={"person"}, hold="0.8s", clear="15s")
def crowd_scatter(scene: gw.Scene, params: CrowdScatter) -> gw.Signals:
    """Signal the people who run away from the middle of all, if they run in all directions."""
    runners = scene.dispersing(min_speed_mps=params.speed_mps, min_count=params.people)
    if len(runners) >= params.people and scene.heading_dispersion(runners) >= MIN_DISPERSION:
        level = gw.Level.CRITICAL if len(runners) >= CRITICAL_PEOPLE else gw.Level.MAJOR
        yield scene.signal(*runners, level=level, people=len(runners), speed_mps=params.speed_mps)


DIRECTIONS = [(math.cos(i * math.pi / 5), math.sin(i * math.pi / 5)) for i in range(10)]


def move_apart(speed_mps: float, n: int = 10) -> list[gw.Actor]:
    """Return ``n`` people who stand in a circle for six seconds, then move outwards."""
    people: list[gw.Actor] = []
    for x, y in DIRECTIONS[:: 10 // n][:n]:
        start, end = (10 + 1.5 * x, 10 + 1.5 * y), (10 + 9 * x, 10 + 9 * y)
        people.append(gw.Leaves(gw.Stays("person", start), after=gw.seconds(6)))
        running = gw.Walks("person", [start, end], speed_mps)
        people.append(gw.Joins(running, after=gw.seconds(6)))
    return people


RUNNERS = [gw.Walks("person", [(0, y), (20, y)], 2.6) for y in range(5, 15)]
CROWDS = ["hall-crush", "towncentre-street", "schoolchildren-pass", "fi072", "fi117"]

scenario = gw.scenario(
    crowd_scatter,
    title=gw.Text(zh="人群四散奔跑", en="Crowd scatters"),
    message=gw.Text(
        zh="{people:.0f} 人以 {speed_mps:.1f} 米/秒以上四散奔跑",
        en="{people:.0f} people run apart, faster than {speed_mps:.1f} m/s",
    ),
    duty=gw.DutyClass.SECURITY,
    family=gw.Family.PANIC,
    life_and_limb=True,
    alarm_type=gw.AlarmType.FAST_MOVING,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case("ten people run apart", move_apart(3.5), opens=1, reaches=gw.Level.MAJOR),
        gw.Case("ten people walk apart", move_apart(1.4), opens=0),
        gw.Case("ten people run one way", RUNNERS, opens=0),
        gw.Case("three people run apart", move_apart(3.5, n=3), opens=0),
        gw.Case(
            "ten people stay",
            [gw.Stays("person", (10 + x, 10 + y)) for x, y in DIRECTIONS],
            opens=0,
        ),
    ],
    footage=[
        *(gw.FootageCase(clip, expects=[]) for clip in CROWDS),
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
