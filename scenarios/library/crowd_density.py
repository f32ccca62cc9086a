"""People stand so close that they can no longer move freely.

Density is measured around the person with the most neighbours, so the zone need not fit the crowd.
Where people hide each other, it is estimated from all that may be one and moves, within 1.5 m.
"""

from scenarios import authoring as gw

MAJOR_PER_M2 = 3.6  # Fruin 1971, queues at level of service E: contact is unavoidable
CRITICAL_PER_M2 = 4.7  # Guide to Safety at Sports Grounds: the highest density allowed for standing

ESTIMATE_RADIUS_M = 1.5  # in which the density of a crowd is estimated where people hide each other


class CrowdDensity(gw.Parameters):
    # Fruin 1971: from 2.15 on nobody walks freely (walkways at level of service F).
    per_m2: float = gw.parameter(2.0, min=0.5, max=6, zh="每平方米人数", en="People per m²")
    radius_m: float = gw.parameter(1.5, min=0.5, max=10, zh="统计半径（米）", en="Radius (m)")


@gw.rule(
    CrowdDensity, per="zone", labels={"person"}, needs={"dense_crowds"}, hold="15s", clear="30s"
)
def crowd_density(scene: gw.Scene, params: CrowdDensity) -> gw.Signals:
    """Signal the densest group, and each crowd in which people hide each other, if too dense."""
    group, per_m2 = scene.densest_group(radius_m=params.radius_m)
    if per_m2 >= params.per_m2:
        yield scene.signal(
            *group,
            level=level_of(per_m2),
            people=len(group),
            per_m2=per_m2,
            radius_m=params.radius_m,
        )
    for crowd in scene.dense_crowds():
        if crowd.per_m2 >= params.per_m2:
            yield scene.signal(
                crowd,
                level=level_of(crowd.per_m2),
                people=crowd.people,
                per_m2=crowd.per_m2,
                radius_m=ESTIMATE_RADIUS_M,
            )


def level_of(per_m2: float) -> gw.Level:
    """Return the level of a density."""
    if per_m2 >= CRITICAL_PER_M2:
        return gw.Level.CRITICAL
    return gw.Level.MAJOR if per_m2 >= MAJOR_PER_M2 else gw.Level.MINOR


def square(side: int, spacing_m: float) -> list[gw.Stays]:
    """Return ``side`` x ``side`` people around the middle of the stage, ``spacing_m`` apart."""
    steps = [spacing_m * (i - (side - 1) / 2) for i in range(side)]
    return [gw.Stays("person", (10 + x, 10 + y)) for x in steps for y in steps]


PACKED, LOOSE = square(7, 0.6), square(7, 1.1)
SOON, AT_ONCE = {"hold": 5}, {"hold": 1}
QUEUE = [gw.Stays("person", (10, 1 + 0.5 * i)) for i in range(20)]

scenario = gw.scenario(
    crowd_density,
    title=gw.Text(zh="人群过密", en="Crowd too dense"),
    message=gw.Text(
        zh="{radius_m:g} 米内 {people:.0f} 人，每平方米 {per_m2:.1f} 人",
        en="{people:.0f} people within {radius_m:g} m, {per_m2:.1f} per m²",
    ),
    duty=gw.DutyClass.SECURITY,
    family=gw.Family.CROWD,
    life_and_limb=True,
    alarm_type=gw.AlarmType.DENSITY,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("a packed square, 60 cm apart", PACKED, opens=1, reaches=gw.Level.MINOR),
        gw.Case(
            "shoulder to shoulder, 46 cm apart", square(9, 0.46), opens=1, reaches=gw.Level.MAJOR
        ),
        gw.Case("a crush, 40 cm apart", square(9, 0.40), opens=1, reaches=gw.Level.CRITICAL),
        gw.Case("a loose crowd, 1.1 m apart", LOOSE, opens=0),
        gw.Case("a tight queue is not a crowd", QUEUE, opens=0),
        gw.Case(
            "people leave within the hold time",
            [gw.Leaves(person, after=gw.seconds(10)) for person in PACKED],
            opens=0,
        ),
    ],
    footage=[
        gw.FootageCase("hall-crush", expects=[(5.4, 14)], parameters=SOON),
        gw.FootageCase("towncentre-street", expects=[], parameters=SOON),
        gw.FootageCase("schoolchildren-pass", expects=[], parameters=SOON),
        gw.FootageCase("nofi095", expects=[], parameters=AT_ONCE),  # seven people among shelves
        gw.FootageCase("fi048", expects=[], parameters=AT_ONCE),  # two people among rubbish
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
