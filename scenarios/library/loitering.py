"""A person walks about in one area for longer than anybody needs to.

``hold`` is how long a person may stay. A person who has never left the place where they were first
seen does not loiter: they sit or work there.
"""

from scenarios import authoring as gw


@gw.rule(per="subject", labels={"person"}, hold="120s", clear="30s")
def loitering(scene: gw.Scene) -> gw.Signals:
    """Signal each person in the zone who has moved since they were first seen."""
    for person in scene.in_zone():
        if scene.has_moved(person):
            yield scene.signal(person)


PACING = gw.Walks("person", [(6, 10), (14, 10)] * 12, 1.0)
OUTSIDE = gw.Walks("person", [(6, 3), (14, 3)] * 12, 0.8)
GRASS = [(0, 0.5), (0.5, 0.62), (0.8, 1), (0, 1)]
YARD = [(4, 6), (16, 6), (16, 15), (4, 15)]

scenario = gw.scenario(
    loitering,
    title=gw.Text(zh="人员徘徊", en="Loitering"),
    message=gw.Text(
        zh="人员徘徊已 {held_s:.0f} 秒", en="A person has been walking about for {held_s:.0f} s"
    ),
    duty=gw.DutyClass.SECURITY,
    family=gw.Family.LOITERING,
    alarm_type=gw.AlarmType.LOITERING,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("a person walks up and down", [PACING], opens=1, reaches=gw.Level.MINOR, zone=YARD),
        gw.Case("two people are two alerts", [PACING, OUTSIDE], opens=2),
        gw.Case("a person walks up and down outside the zone", [OUTSIDE], opens=0, zone=YARD),
        gw.Case(
            "a person leaves within the hold time",
            [gw.Leaves(PACING, after=gw.seconds(90))],
            opens=0,
            zone=YARD,
        ),
        gw.Case(
            "a person walks past",
            [gw.Walks("person", [(0, 10), (20, 10)], 1.4)],
            opens=0,
            zone=YARD,
        ),
        gw.Case("a person sits in the zone", [gw.Stays("person", (10, 10))], opens=0, zone=YARD),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
        gw.FootageCase("vtest.avi", expects=[(63.5, 79.4)], zone=GRASS, parameters={"hold": 10}),
    ],
)
