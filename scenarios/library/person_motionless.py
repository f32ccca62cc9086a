"""A person lies on the ground and does not move.

A pose model, if there is one, refuses what only looks like a person. ``hold`` is how long a person
may lie.
"""

from scenarios import authoring as gw

CRITICAL_AFTER = gw.minutes(5)  # for a person who is hurt, or lies in the cold, minutes count
STILL = gw.seconds(5)  # boxes shake: a person lies still once in one place this long


@gw.rule(per="subject", labels={"person"}, needs={"postures"}, hold="60s", clear="20s")
def person_motionless(scene: gw.Scene) -> gw.Signals:
    """Signal each person who lies still."""
    for person in scene.in_zone():
        still = scene.stationary_for(person)
        if scene.lying_for(person) and still >= STILL and scene.may_be_person(person):
            level = gw.Level.CRITICAL if still >= CRITICAL_AFTER else gw.Level.MAJOR
            yield scene.signal(person, level=level, still_s=still.total_seconds())


LYING = gw.Falls(gw.Stays("person", (10, 8)), after=gw.seconds(-5))
WALKER = gw.Walks("person", [(4, 8), (16, 8)], 1.2)
SLOWLY = gw.Falls(WALKER, after=gw.seconds(5), duration=gw.seconds(4))
UP_IN_TIME = gw.Falls(WALKER, after=gw.seconds(5), duration=gw.seconds(4), up_after=gw.seconds(50))

scenario = gw.scenario(
    person_motionless,
    title=gw.Text(zh="人员久卧不动", en="Person motionless"),
    message=gw.Text(
        zh="卧地不动已 {still_s:.0f} 秒", en="A person has been lying still for {still_s:.0f} s"
    ),
    duty=gw.DutyClass.SECURITY,
    family=gw.Family.PERSON_DOWN,
    life_and_limb=True,
    level=gw.Level.MAJOR,
    revision=2,
    cases=[
        gw.Case("a person lies motionless", [LYING], opens=1, reaches=gw.Level.MAJOR),
        gw.Case("a person lies down and stays", [SLOWLY], opens=1),
        gw.Case(
            "a person lies for more than five minutes",
            [LYING],
            opens=1,
            reaches=gw.Level.CRITICAL,
            duration=gw.seconds(400),
        ),
        gw.Case("a person stands", [gw.Stays("person", (10, 8))], opens=0),
        gw.Case(
            "a person gets up within the hold time", [UP_IN_TIME], opens=0, duration=gw.seconds(60)
        ),
        gw.Case("a person walks", [gw.Walks("person", [(4, 8), (16, 8)] * 8, 1.2)], opens=0),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
        gw.FootageCase("people/towncentre_street.mp4", expects=[]),
        gw.FootageCase("other/pets2006_bag.mp4", expects=[]),
    ],
)
