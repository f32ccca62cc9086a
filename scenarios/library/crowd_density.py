"""People stand so close that they can no longer move as they want.

How close is measured around the one who has most neighbours, so the zone need not fit the
crowd. Detectors count too few where people hide each other: the figure is a lower bound.
"""

from scenarios.authoring import (
    AlarmType,
    Annotated,
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
    scenario,
    seconds,
    tunable,
)

TOUCHING = 3.6  # people a square metre; Fruin 1971, queues at service E: contact is unavoidable
CRUSH = 4.7  # people a square metre; Guide to Safety at Sports Grounds: most that may stand


def a_lawn(side: int, spacing: float) -> list[Stays]:
    """A square of people around the middle of the stage, ``spacing`` metres apart."""
    steps = [spacing * (i - (side - 1) / 2) for i in range(side)]
    return [Stays("person", (10 + x, 10 + y)) for x in steps for y in steps]


PACKED, LOOSE = a_lawn(7, 0.6), a_lawn(7, 1.1)
QUEUE = [Stays("person", (10, 1 + 0.5 * i)) for i in range(20)]


class Density(Parameters, frozen=True):
    """What a site may set."""

    per_m2: Annotated[float, tunable(0.5, 6, zh="每平方米人数", en="People per m²")] = 2.0
    # Fruin 1971: from 2.15 on nobody walks as he wants (walkways at service F).
    radius_m: Annotated[float, tunable(0.5, 10, zh="统计半径（米）", en="Counted within (m)")] = 1.5


@scenario(
    Density,
    title=Text(zh="人群过密", en="Crowd too dense"),
    because=Text(
        zh="{radius_m:g} 米内 {people:.0f} 人，每平方米 {per_m2:.1f} 人",
        en="{people:.0f} people within {radius_m:g} m, {per_m2:.1f} per m²",
    ),
    duty=DutyClass.SECURITY,
    alarm_type=AlarmType.DENSITY,
    per="zone",
    level=Level.MINOR,
    watches={"person"},
    hold=seconds(15),
    clear=seconds(30),
    cases=(
        Case("a packed square", PACKED, opens=1, reaches=Level.MINOR),
        Case("shoulder to shoulder", a_lawn(9, 0.46), opens=1, reaches=Level.MAJOR),
        Case("a crush", a_lawn(9, 0.40), opens=1, reaches=Level.CRITICAL),
        Case("a loose crowd", LOOSE, opens=0),
        Case("a tight queue is no crowd", QUEUE, opens=0),
        Case("it thins out in time", [Leaves(one, after=seconds(10)) for one in PACKED], opens=0),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ),
)
def rule(scene: Scene, density: Density) -> Iterator[Signal]:
    """Point at the densest spot if it is too dense."""
    group, per_m2 = scene.densest_group(radius_m=density.radius_m)
    if per_m2 >= density.per_m2:
        level = Level.MINOR if per_m2 < TOUCHING else Level.MAJOR
        worst = Level.CRITICAL if per_m2 >= CRUSH else level
        yield scene.signal(
            *group, level=worst, people=len(group), per_m2=per_m2, radius_m=density.radius_m
        )
