"""A person falls and stays down.

A fall is quick, lying down is slow. ``pipeline/scene/posture.py`` has the thresholds and how well
they separate falls from daily life. ``hold`` is how long the person is down.
"""

from scenarios import authoring as gw

CRITICAL_AFTER = gw.seconds(60)  # a person who is not up by then is hurt, or nobody helps


@gw.rule(per="subject", labels={"person"}, needs={"postures"}, hold="2s", clear="15s")
def fall(scene: gw.Scene) -> gw.Signals:
    """Signal each person who fell and is still down."""
    for person in scene.in_zone():
        if scene.has_fallen(person):
            lying = scene.lying_for(person)
            level = gw.Level.CRITICAL if lying >= CRITICAL_AFTER else gw.Level.MAJOR
            yield scene.signal(person, level=level, lies_s=lying.total_seconds())


WALKER = gw.Walks("person", [(4, 8), (16, 8)], 1.2)
SLOWLY = gw.seconds(5)

scenario = gw.scenario(
    fall,
    title=gw.Text(zh="人员倒地", en="Fall"),
    message=gw.Text(
        zh="倒地 {lies_s:.0f} 秒未起", en="A person fell and has been down for {lies_s:.0f} s"
    ),
    duty=gw.DutyClass.SECURITY,
    family=gw.Family.PERSON_DOWN,
    life_and_limb=True,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "a person falls",
            [gw.Falls(WALKER, after=gw.seconds(5))],
            opens=1,
            reaches=gw.Level.MAJOR,
        ),
        gw.Case(
            "a person falls and stays down for over a minute",
            [gw.Falls(WALKER, after=gw.seconds(5))],
            opens=1,
            reaches=gw.Level.CRITICAL,
            duration=gw.seconds(90),
        ),
        gw.Case(
            "a person lies down slowly",
            [gw.Falls(WALKER, after=gw.seconds(5), duration=SLOWLY)],
            opens=0,
        ),
        gw.Case(
            "a person falls and gets up at once",
            [gw.Falls(WALKER, after=gw.seconds(4), up_after=gw.seconds(5.8))],
            opens=0,
        ),
        gw.Case("a person walks", [WALKER], opens=0),
        gw.Case("a person stands", [gw.Stays("person", (10, 10))], opens=0),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
