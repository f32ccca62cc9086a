"""A queue has grown too long: many people wait, each close to the next.

The zone is the area of the queue.
"""

from scenarios import authoring as gw


class QueueTooLong(gw.Parameters):
    people: int = gw.parameter(10, min=2, max=200, zh="排队人数", en="People", is_min_count=True)
    radius_m: float = gw.parameter(1.5, min=0.5, max=10, zh="相邻间距（米）", en="Spacing (m)")
    speed_mps: float = gw.parameter(
        0.8, min=0.1, max=2, zh="移动速度上限（米/秒）", en="Maximum speed (m/s)"
    )


@gw.rule(QueueTooLong, per="zone", labels={"person"}, hold="60s", clear="60s")
def queue_too_long(scene: gw.Scene, params: QueueTooLong) -> gw.Signals:
    """Signal each chain of people, most of whom wait."""
    for group in scene.clusters(radius_m=params.radius_m, min_size=params.people):
        median_mps = sorted(map(scene.speed_mps, group))[len(group) // 2]
        if median_mps <= params.speed_mps:
            yield scene.signal(
                *group, people=len(group), radius_m=params.radius_m, speed_mps=median_mps
            )


SNAKE = [gw.Stays("person", (4 + i % 8, 8 + i // 8)) for i in range(16)]
FLOWING = [
    gw.Joins(gw.Walks("person", [(0, 8), (20, 8)], 1.3), after=gw.seconds(i)) for i in range(30)
]

scenario = gw.scenario(
    queue_too_long,
    title=gw.Text(zh="排队过长", en="Queue too long"),
    message=gw.Text(zh="{people:.0f} 人排队", en="{people:.0f} people are waiting in line"),
    duty=gw.DutyClass.PREMISES,
    family=gw.Family.CROWD,
    alarm_type=gw.AlarmType.DENSITY,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("sixteen people wait", SNAKE, opens=1, reaches=gw.Level.MINOR),
        gw.Case("nine people wait", SNAKE[:9], opens=0),
        gw.Case("people pass one after another", FLOWING, opens=0, parameters={"hold": 10}),
        gw.Case(
            "the queue is gone within the hold time",
            [gw.Leaves(person, after=gw.seconds(45)) for person in SNAKE],
            opens=0,
        ),
        gw.Case(
            "sixteen people stand far apart",
            [gw.Stays("person", (3 + 4 * (i % 4), 3 + 4 * (i // 4))) for i in range(16)],
            opens=0,
        ),
    ],
    footage=[
        gw.FootageCase("towncentre-street", expects=[], parameters={"hold": 5}),
        gw.FootageCase("schoolchildren-pass", expects=[], parameters={"people": 3, "hold": 2}),
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
