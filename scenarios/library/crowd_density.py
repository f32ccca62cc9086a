"""People stand so close that they can no longer move as they want.

How close is measured around the one who has most neighbours, so the zone need not fit the
crowd. Detectors count too few where people hide each other: the figure is a lower bound.
"""

from scenarios import authoring as gw

TOUCHING = 3.6  # people a square metre; Fruin 1971, queues at service E: contact is unavoidable
CRUSH = 4.7  # people a square metre; Guide to Safety at Sports Grounds: most that may stand


class Density(gw.Parameters):
    per_m2: float = gw.parameter(2.0, min=0.5, max=6, zh="每平方米人数", en="People per m²")
    radius_m: float = gw.parameter(
        1.5, min=0.5, max=10, zh="统计半径（米）", en="Counted within (m)"
    )


@gw.rule(Density, per="zone", labels={"person"}, hold="15s", clear="30s")
def crowd_density(scene: gw.Scene, params: Density) -> gw.Signals:
    """Point at the densest spot if it is too dense."""
    group, per_m2 = scene.densest_group(radius_m=params.radius_m)
    if per_m2 >= params.per_m2:
        level = gw.Level.MINOR if per_m2 < TOUCHING else gw.Level.MAJOR
        worst = gw.Level.CRITICAL if per_m2 >= CRUSH else level
        yield scene.signal(
            *group, level=worst, people=len(group), per_m2=per_m2, radius_m=params.radius_m
        )


def a_lawn(side: int, spacing: float) -> list[gw.Stays]:
    """A square of people around the middle of the stage, ``spacing`` metres apart."""
    steps = [spacing * (i - (side - 1) / 2) for i in range(side)]
    return [gw.Stays("person", (10 + x, 10 + y)) for x in steps for y in steps]


PACKED, LOOSE = a_lawn(7, 0.6), a_lawn(7, 1.1)
QUEUE = [gw.Stays("person", (10, 1 + 0.5 * i)) for i in range(20)]

scenario = gw.scenario(
    crowd_density,
    title=gw.Text(zh="人群过密", en="Crowd too dense"),
    message=gw.Text(
        zh="{radius_m:g} 米内 {people:.0f} 人，每平方米 {per_m2:.1f} 人",
        en="{people:.0f} people within {radius_m:g} m, {per_m2:.1f} per m²",
    ),
    duty=gw.DutyClass.SECURITY,
    alarm_type=gw.AlarmType.DENSITY,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("a packed square", PACKED, opens=1, reaches=gw.Level.MINOR),
        gw.Case("shoulder to shoulder", a_lawn(9, 0.46), opens=1, reaches=gw.Level.MAJOR),
        gw.Case("a crush", a_lawn(9, 0.40), opens=1, reaches=gw.Level.CRITICAL),
        gw.Case("a loose crowd", LOOSE, opens=0),
        gw.Case("a tight queue is no crowd", QUEUE, opens=0),
        gw.Case(
            "it thins out in time",
            [gw.Leaves(one, after=gw.seconds(10)) for one in PACKED],
            opens=0,
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
