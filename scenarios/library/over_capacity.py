"""More people are inside a place than allowed: in minus out over the lines of all doors.

Every line has the inside on its right. The count never falls below zero, so it corrects itself
whenever the place is empty. It does not know who was inside when the node was switched on.
"""

from scenarios import authoring as gw

CRITICAL_RATIO = 1.2  # of the people allowed; escape routes are not designed for more


class OverCapacity(gw.Parameters):
    people: int = gw.parameter(100, min=1, max=5000, zh="核定人数", en="People allowed")


@gw.rule(OverCapacity, per="all_zones", zone="line", labels={"person"}, hold="5s", clear="30s")
def over_capacity(scene: gw.Scene, params: OverCapacity) -> gw.Signals:
    """Signal the first door while too many people are inside."""
    if scene.occupancy > params.people:
        is_critical = scene.occupancy > CRITICAL_RATIO * params.people
        level = gw.Level.CRITICAL if is_critical else gw.Level.MAJOR
        yield scene.signal(
            scene.zone_target(), level=level, people=scene.occupancy, allowed=params.people
        )


DOOR = [(2, 10), (18, 10)]  # the inside is towards the camera


def enter(n: int) -> list[gw.Joins]:
    """Return ``n`` people who come in one after another, side by side."""
    return [
        gw.Joins(
            gw.Walks("person", [(4 + 3 * (i % 5), 15), (4 + 3 * (i % 5), 5)], 1.3),
            after=gw.seconds(1.5 * i),
        )
        for i in range(n)
    ]


LEAVING = [
    gw.Joins(
        gw.Walks("person", [(4 + 3 * i, 5), (4 + 3 * i, 15)], 1.3), after=gw.seconds(1.5 * (7 + i))
    )
    for i in range(5)
]
PATH = [(0.12, 0.30), (0.12, 0.52)]
MIDDLE = [(0.5, 0.2), (0.5, 0.98)]

scenario = gw.scenario(
    over_capacity,
    title=gw.Text(zh="场所超员", en="Over capacity"),
    message=gw.Text(
        zh="场所内 {people:.0f} 人，核定 {allowed:.0f} 人",
        en="{people:.0f} people inside, {allowed:.0f} allowed",
    ),
    duty=gw.DutyClass.PREMISES,
    family=gw.Family.CROWD,
    alarm_type=gw.AlarmType.FLOW,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "eleven people where ten are allowed",
            enter(11),
            opens=1,
            zone=DOOR,
            parameters={"people": 10},
            reaches=gw.Level.MAJOR,
        ),
        gw.Case(
            "thirteen people where ten are allowed",
            enter(13),
            opens=1,
            zone=DOOR,
            parameters={"people": 10},
            reaches=gw.Level.CRITICAL,
        ),
        gw.Case(
            "as many people as allowed", enter(10), opens=0, zone=DOOR, parameters={"people": 10}
        ),
        gw.Case(
            "people leave before there are too many",
            [*enter(12), *LEAVING],
            opens=0,
            zone=DOOR,
            parameters={"people": 10},
        ),
    ],
    footage=[
        # Two pairs cross the middle from right to left.
        gw.FootageCase(
            "schoolchildren-pass",
            expects=[(4.2, 8)],
            tolerance_s=1,
            zone=MIDDLE,
            parameters={"people": 1, "hold": 1},
        ),
        gw.FootageCase(
            "schoolchildren-pass",
            expects=[],
            zone=MIDDLE[::-1],
            parameters={"people": 1, "hold": 1},
        ),
        gw.FootageCase("vtest.avi", expects=[], zone=PATH),
    ],
)
