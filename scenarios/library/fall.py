"""Somebody falls, and stays down.

A fall is quick, lying down is slow: see ``pipeline/scene/posture.py`` for the bounds and for how
they do on falls and on daily life.
"""

from scenarios import authoring as gw

LONG = 60  # seconds; who is not up by then is hurt, or nobody helps


@gw.rule(per="subject", labels={"person"}, needs={"postures"}, hold="2s", clear="15s")
def fall(scene: gw.Scene) -> gw.Signals:
    """Point at each who fell and is down."""
    for person in scene.in_zone():
        if scene.has_fallen(person):
            lies = scene.lying_for(person).total_seconds()
            level = gw.Level.CRITICAL if lies >= LONG else gw.Level.MAJOR
            yield scene.signal(person, level=level, lies_s=lies)


WALKER = gw.Walks("person", [(4, 8), (16, 8)], 1.2)
SLOWLY = gw.seconds(5)

scenario = gw.scenario(
    fall,
    title=gw.Text(zh="人员倒地", en="Fall"),
    message=gw.Text(zh="倒地 {lies_s:.0f} 秒未起", en="Fell and has been down for {lies_s:.0f} s"),
    duty=gw.DutyClass.SECURITY,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "who falls", [gw.Falls(WALKER, after=gw.seconds(5))], opens=1, reaches=gw.Level.MAJOR
        ),
        gw.Case(
            "who stays down for long",
            [gw.Falls(WALKER, after=gw.seconds(5))],
            opens=1,
            reaches=gw.Level.CRITICAL,
            duration=gw.seconds(90),
        ),
        gw.Case("who lies down", [gw.Falls(WALKER, after=gw.seconds(5), duration=SLOWLY)], opens=0),
        gw.Case(
            "who is up at once",
            [gw.Falls(WALKER, after=gw.seconds(4), up_after=gw.seconds(5.8))],
            opens=0,
        ),
        gw.Case("who walks", [WALKER], opens=0),
        gw.Case("who stands", [gw.Stays("person", (10, 10))], opens=0),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
