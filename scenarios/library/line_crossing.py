"""A person crosses a line.

Seen from the start of the line towards its end, the inside is on the right. The alert lasts while
the people are in view beyond the line.
"""

from scenarios import authoring as gw


class LineCrossing(gw.Parameters):
    people: int = gw.parameter(1, min=1, max=50, zh="人数", en="People")
    both_ways: int = gw.parameter(
        1, min=0, max=1, zh="双向（1）或仅进入（0）", en="Both directions (1) or inward only (0)"
    )


@gw.rule(
    LineCrossing,
    per="zone",  # a worker is sent to a place: five people together are one work order, not five
    zone="line",
    labels={"person"},
    hold="0s",
    clear="10s",
)
def line_crossing(scene: gw.Scene, params: LineCrossing) -> gw.Signals:
    """Signal everybody who has crossed."""
    people = scene.crossed(None if params.both_ways else gw.Direction.INWARD)
    if len(people) >= params.people:
        yield scene.signal(*people, people=len(people))


FENCE = [(2, 10), (18, 10)]  # the inside is towards the camera
IN = gw.Walks("person", [(10, 15), (10, 5)], 1.4)
OUT = gw.Walks("person", [(10, 5), (10, 15)], 1.4)
KERB = [(0.99, 0.5), (0.01, 0.7)]
PATH = [(0.12, 0.30), (0.12, 0.52)]
MIDDLE = [(0.5, 0.2), (0.5, 0.98)]

scenario = gw.scenario(
    line_crossing,
    title=gw.Text(zh="越线", en="Line crossing"),
    message=gw.Text(zh="{people:.0f} 人越线", en="People who crossed the line: {people:.0f}"),
    duty=gw.DutyClass.SECURITY,
    family=gw.Family.INTRUSION,
    alarm_type=gw.AlarmType.TRIPWIRE,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("a person comes in", [IN], opens=1, zone=FENCE, reaches=gw.Level.MINOR),
        gw.Case("a person goes out", [OUT], opens=1, zone=FENCE),
        gw.Case(
            "only crossings inward count", [OUT], opens=0, zone=FENCE, parameters={"both_ways": 0}
        ),
        gw.Case(
            "five people at once are one alert",
            [gw.Walks("person", [(x, 15), (x, 5)], 1.4) for x in (6, 8, 10, 12, 14)],
            opens=1,
            zone=FENCE,
        ),
        gw.Case(
            "a person walks along the line",
            [gw.Walks("person", [(2, 9), (18, 9)], 1.4)],
            opens=0,
            zone=FENCE,
        ),
        gw.Case(
            "a person walks round its end",
            [gw.Walks("person", [(10, 15), (19.5, 12), (19.5, 8), (10, 5)], 1.4)],
            opens=0,
            zone=FENCE,
        ),
        gw.Case("a person stands on the line", [gw.Stays("person", (10, 10))], opens=0, zone=FENCE),
    ],
    footage=[
        gw.FootageCase("schoolchildren-pass", expects=[(3, 8)], tolerance_s=1, zone=MIDDLE),
        gw.FootageCase("towncentre-street", expects=[(6, 13.2)], zone=MIDDLE),
        gw.FootageCase("intel-people", expects=[], zone=MIDDLE),
        gw.FootageCase("nofi029", expects=[], zone=[(0.3, 0.6), (0.9, 0.6)]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[], zone=KERB),
        gw.FootageCase("vtest.avi", expects=[(20.2, 39.6), (56.2, 79.4)], zone=PATH),
    ],
)
