"""Somebody walks about in a place for longer than anybody has to.

``hold`` is how long. Who has never left the place where he was first seen is no loiterer: he
sits or works there.
"""

from scenarios import authoring as gw


@gw.rule(per="subject", labels={"person"}, hold="120s", clear="30s")
def loitering(scene: gw.Scene) -> gw.Signals:
    """Point at each who is in the zone, and did not grow there."""
    for person in scene.in_zone():
        if scene.has_moved(person):
            yield scene.signal(person)


PACING = gw.Walks("person", [(6, 10), (14, 10)] * 12, 1.0)
ELSEWHERE = gw.Walks("person", [(6, 3), (14, 3)] * 12, 0.8)
GRASS = [(0, 0.5), (0.5, 0.62), (0.8, 1), (0, 1)]
YARD = [(4, 6), (16, 6), (16, 15), (4, 15)]

scenario = gw.scenario(
    loitering,
    title=gw.Text(zh="人员徘徊", en="Loitering"),
    message=gw.Text(zh="徘徊已 {held_s:.0f} 秒", en="Has walked about for {held_s:.0f} s"),
    duty=gw.DutyClass.SECURITY,
    alarm_type=gw.AlarmType.LOITERING,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("who walks up and down", [PACING], opens=1, reaches=gw.Level.MINOR, zone=YARD),
        gw.Case("two are two", [PACING, ELSEWHERE], opens=2),
        gw.Case("outside of the zone", [ELSEWHERE], opens=0, zone=YARD),
        gw.Case("who goes in time", [gw.Leaves(PACING, after=gw.seconds(90))], opens=0, zone=YARD),
        gw.Case("who passes", [gw.Walks("person", [(0, 10), (20, 10)], 1.4)], opens=0, zone=YARD),
        gw.Case("who sits there", [gw.Stays("person", (10, 10))], opens=0, zone=YARD),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
        gw.FootageCase("vtest.avi", expects=[(63.5, 79.4)], zone=GRASS, parameters={"hold": 10}),
    ],
)
