"""More people are inside than may be: in minus out over the lines of all doors.

Each line has the inside on its right. The count never falls below nobody, so it mends itself
whenever the place is empty; it does not know who was inside when the box was switched on.
"""

from scenarios import authoring as gw

FAR_TOO_MANY = 1.2  # times what is allowed; escape routes are made for no more


class Capacity(gw.Parameters):
    people: int = gw.parameter(100, min=1, max=5000, zh="核定人数", en="People allowed")


@gw.rule(Capacity, per="all_zones", zone="line", labels={"person"}, hold="5s", clear="30s")
def over_capacity(scene: gw.Scene, params: Capacity) -> gw.Signals:
    """Point at the door once too many have come in."""
    if scene.occupancy > params.people:
        far = scene.occupancy > FAR_TOO_MANY * params.people
        level = gw.Level.CRITICAL if far else gw.Level.MAJOR
        yield scene.signal(
            scene.zone_target(), level=level, people=scene.occupancy, allowed=params.people
        )


DOOR = [(2, 10), (18, 10)]  # the inside is towards the camera


def coming(n: int, *, speed: float = 1.3) -> list[gw.Joins]:
    """So many come in, a second and a half apart, side by side with room between."""
    return [
        gw.Joins(
            gw.Walks("person", [(4 + 3 * (i % 5), 15), (4 + 3 * (i % 5), 5)], speed),
            after=gw.seconds(1.5 * i),
        )
        for i in range(n)
    ]


GOING = [
    gw.Joins(
        gw.Walks("person", [(4 + 3 * i, 5), (4 + 3 * i, 15)], 1.3), after=gw.seconds(1.5 * (7 + i))
    )
    for i in range(5)
]
PATH = [(0.12, 0.30), (0.12, 0.52)]

scenario = gw.scenario(
    over_capacity,
    title=gw.Text(zh="场所超员", en="Over capacity"),
    message=gw.Text(
        zh="场所内 {people:.0f} 人，核定 {allowed:.0f} 人",
        en="{people:.0f} people inside, {allowed:.0f} allowed",
    ),
    duty=gw.DutyClass.PREMISES,
    alarm_type=gw.AlarmType.FLOW,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "eleven where ten may be",
            coming(11),
            opens=1,
            zone=DOOR,
            parameters={"people": 10},
            reaches=gw.Level.MAJOR,
        ),
        gw.Case(
            "far too many",
            coming(13),
            opens=1,
            zone=DOOR,
            parameters={"people": 10},
            reaches=gw.Level.CRITICAL,
        ),
        gw.Case("as many as may be", coming(10), opens=0, zone=DOOR, parameters={"people": 10}),
        gw.Case("some leave", [*coming(12), *GOING], opens=0, zone=DOOR, parameters={"people": 10}),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[], zone=PATH),
    ],
)
