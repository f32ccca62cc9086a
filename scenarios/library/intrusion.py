"""A person is in a forbidden area."""

from scenarios import authoring as gw


class Intrusion(gw.Parameters):
    people: int = gw.parameter(1, min=1, max=50, zh="人数", en="People", is_min_count=True)


@gw.rule(
    Intrusion,
    per="zone",  # a worker is sent to a place: five people together are one work order, not five
    labels={"person"},
    hold="3s",
    clear="20s",
)
def intrusion(scene: gw.Scene, params: Intrusion) -> gw.Signals:
    """Signal everybody in the zone."""
    people = scene.in_zone()
    if len(people) >= params.people:
        yield scene.signal(*people, people=len(people))


YARD = [(5, 5), (15, 5), (15, 15), (5, 15)]
GRASS = [(0, 0.5), (0.5, 0.62), (0.8, 1), (0, 1)]
INSIDE = gw.Stays("person", (10, 10))
YARDS = [  # clips of two seconds; the lawn, the place in front of a shop, an infrared car park
    ("nofi119", (1.6, 1.8), [(0, 0.4), (0.5, 0.4), (0.5, 1), (0, 1)], 1),
    ("nofi007", (1.2, 2.7), [(0.3, 0.7), (0.55, 0.7), (0.55, 0.98), (0.3, 0.98)], 1),
    ("nofi029", (1.6, 1.8), [(0.3, 0.1), (0.8, 0.1), (0.8, 0.6), (0.3, 0.6)], 0.6),
]
NEAR_HALL = [(0.1, 0.5), (0.7, 0.5), (0.7, 0.8), (0.1, 0.8)]

scenario = gw.scenario(
    intrusion,
    title=gw.Text(zh="区域入侵", en="Intrusion"),
    message=gw.Text(
        zh="{people:.0f} 人进入禁止区域", en="People in a forbidden area: {people:.0f}"
    ),
    duty=gw.DutyClass.SECURITY,
    family=gw.Family.INTRUSION,
    alarm_type=gw.AlarmType.INTRUSION,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "a person stands in the yard", [INSIDE], opens=1, reaches=gw.Level.MAJOR, zone=YARD
        ),
        gw.Case(
            "five people at once are one alert",
            gw.standing(5, "person", at=(10, 10)),
            opens=1,
            zone=YARD,
        ),
        gw.Case(
            "a second person within the clear time is the same alert",
            [gw.Leaves(INSIDE, after=gw.seconds(10)), gw.Joins(INSIDE, after=gw.seconds(20))],
            opens=1,
            zone=YARD,
        ),
        gw.Case(
            "a person walks through",
            [gw.Walks("person", [(0, 10), (20, 10)], 1.4)],
            opens=1,
            zone=YARD,
        ),
        gw.Case(
            "a person walks along the fence",
            [gw.Walks("person", [(3, 0), (3, 20)], 1.4)],
            opens=0,
            zone=YARD,
        ),
        gw.Case(
            "a person steps over the corner",
            [gw.Walks("person", [(4, 6), (6, 4)], 1.4)],
            opens=0,
            zone=YARD,
        ),
        gw.Case("a dog is in the yard", [gw.Stays("dog", (10, 10))], opens=0, zone=YARD),
    ],
    footage=[
        gw.FootageCase("intel-worker-zone", expects=[(3.2, 4.6)], tolerance_s=1),
        *(
            gw.FootageCase(
                clip, expects=[span], tolerance_s=0.5, zone=zone, parameters={"hold": hold}
            )
            for clip, span, zone, hold in YARDS
        ),
        gw.FootageCase("nofi084", expects=[], parameters={"hold": 1}),  # parked cars, nobody
        gw.FootageCase("nofi088", expects=[], zone=NEAR_HALL, parameters={"hold": 1}),
        gw.FootageCase("zamba-1", expects=[]),  # stones and trees
        gw.FootageCase("zamba-11", expects=[]),  # baboons
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("vtest.avi", expects=[(54.4, 79.4)], zone=GRASS),
    ],
)
