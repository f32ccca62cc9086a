"""A queue has grown too long: so many wait, each close behind the next. The zone is its place."""

from scenarios.authoring import (
    AlarmType,
    Annotated,
    Case,
    DutyClass,
    FootageCase,
    Iterator,
    Joins,
    Leaves,
    Level,
    Parameters,
    Scene,
    Signal,
    Stays,
    Text,
    Walks,
    scenario,
    seconds,
    tunable,
)

SNAKE = [Stays("person", (4 + i % 8, 8 + i // 8)) for i in range(16)]
FLOWING = [Joins(Walks("person", [(0, 8), (20, 8)], 1.3), after=seconds(i)) for i in range(30)]


class Queue(Parameters, frozen=True):
    """What a site may set."""

    people: Annotated[int, tunable(2, 200, zh="排队人数", en="People", counts=True)] = 10
    radius_m: Annotated[float, tunable(0.5, 10, zh="相邻间距（米）", en="Spacing (m)")] = 1.5
    speed_mps: Annotated[
        float, tunable(0.1, 2, zh="移动速度上限（米/秒）", en="Moves at most (m/s)")
    ] = 0.8


@scenario(
    Queue,
    title=Text(zh="排队过长", en="Queue too long"),
    because=Text(zh="{people:.0f} 人排队", en="{people:.0f} people wait in line"),
    duty=DutyClass.PREMISES,
    alarm_type=AlarmType.DENSITY,
    per="zone",
    level=Level.MINOR,
    watches={"person"},
    hold=seconds(60),
    clear=seconds(60),
    cases=(
        Case("sixteen wait", SNAKE, opens=1, reaches=Level.MINOR),
        Case("nine wait", SNAKE[:9], opens=0),
        Case("many pass", FLOWING, opens=0, parameters={"hold": 10}),
        Case("it is served in time", [Leaves(one, after=seconds(45)) for one in SNAKE], opens=0),
        Case(
            "sixteen who stand alone",
            [Stays("person", (3 + 4 * (i % 4), 3 + 4 * (i // 4))) for i in range(16)],
            opens=0,
        ),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ),
)
def rule(scene: Scene, queue: Queue) -> Iterator[Signal]:
    """Point at each chain of people most of whom wait."""
    for group in scene.clusters(radius_m=queue.radius_m, min_size=queue.people):
        usual = sorted(scene.speed_mps(one) for one in group)[len(group) // 2]
        if usual <= queue.speed_mps:
            yield scene.signal(*group, people=len(group), radius_m=queue.radius_m, speed_mps=usual)
