"""Somebody lies there and does not move."""

from scenarios import authoring as gw

LONG = 300  # seconds; in the cold, or hurt, minutes count from here on
SWAY = 5  # seconds in his place before it counts as lying still


@gw.rule(per="subject", labels={"person"}, needs={"postures"}, hold="60s", clear="20s")
def person_motionless(scene: gw.Scene) -> gw.Signals:
    """Point at each who lies in his place."""
    for person in scene.in_zone():
        if not scene.lying_for(person):
            continue
        still = scene.stationary_for(person).total_seconds()
        if still >= SWAY:
            level = gw.Level.CRITICAL if still >= LONG else gw.Level.MAJOR
            yield scene.signal(person, level=level, still_s=still)


LYING = gw.Falls(gw.Stays("person", (10, 8)), after=gw.seconds(-5))
WALKER = gw.Walks("person", [(4, 8), (16, 8)], 1.2)
SLOWLY = gw.Falls(WALKER, after=gw.seconds(5), duration=gw.seconds(4))
UP_IN_TIME = gw.Falls(WALKER, after=gw.seconds(5), duration=gw.seconds(4), up_after=gw.seconds(50))

scenario = gw.scenario(
    person_motionless,
    title=gw.Text(zh="人员久卧不动", en="Person motionless"),
    message=gw.Text(zh="卧地不动已 {still_s:.0f} 秒", en="Has lain still for {still_s:.0f} s"),
    duty=gw.DutyClass.SECURITY,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case("who lies there", [LYING], opens=1, reaches=gw.Level.MAJOR),
        gw.Case("who lies down and stays", [SLOWLY], opens=1),
        gw.Case(
            "for minutes", [LYING], opens=1, reaches=gw.Level.CRITICAL, duration=gw.seconds(400)
        ),
        gw.Case("who stands", [gw.Stays("person", (10, 8))], opens=0),
        gw.Case("who gets up in time", [UP_IN_TIME], opens=0, duration=gw.seconds(60)),
        gw.Case("who walks", [gw.Walks("person", [(4, 8), (16, 8)] * 8, 1.2)], opens=0),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
