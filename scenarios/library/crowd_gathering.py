"""People stand together long enough to become a crowd."""

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
    Mark,
    Parameters,
    Point,
    Scene,
    Signal,
    Text,
    Walks,
    scenario,
    seconds,
    standing,
    tunable,
)

CRUSH = 20  # people; from here on, who falls cannot be reached
EIGHT = standing(8, "person", at=(10, 10))
LATER = [Joins(one, after=seconds(30)) for one in standing(12, "person", at=(10, 12))]
TOUR = [Walks("person", [(0, y), (20, y)], speed_mps=1.4) for y in range(5, 15)]
CROSSING = [(0.30, 0.30), (0.95, 0.30), (0.95, 0.75), (0.30, 0.75)]
THREE = {"people": 3, "hold": 5, "clear": 10}
# By the calibration that PETS 2009 publishes of this camera (View_001). Its lens is long, so by
# people's heights alone the depth looks short: from 73 s on the third stands 2.2 m off.
SQUARE = [
    Mark(Point(0.1042, 0.7812), (-18.15, -7.21)),
    Mark(Point(0.8984, 0.8160), (-14.65, -15.14)),
    Mark(Point(0.8333, 0.4167), (-3.64, -10.34)),
    Mark(Point(0.1953, 0.4514), (-9.76, -0.84)),
]


class Crowd(Parameters, frozen=True):
    """What a site may set."""

    people: Annotated[int, tunable(2, 200, zh="聚集人数", en="People", counts=True)] = 8
    radius_m: Annotated[float, tunable(0.5, 10, zh="相邻间距（米）", en="Spacing (m)")] = 2.0


@scenario(
    Crowd,
    title=Text(zh="人群聚集", en="Crowd gathering"),
    because=Text(
        zh="{people:.0f} 人聚集，相邻不超过 {radius_m:g} 米",
        en="{people:.0f} people, neighbours within {radius_m:g} m",
    ),
    duty=DutyClass.SECURITY,
    alarm_type=AlarmType.DENSITY,
    per="zone",
    level=Level.MAJOR,
    watches={"person"},
    hold=seconds(30),
    clear=seconds(60),
    cases=(
        Case("eight who stay are one alert", EIGHT, opens=1, reaches=Level.MAJOR),
        Case("seven are no crowd", EIGHT[:7], opens=0),
        Case("twelve join, it is critical", [*EIGHT, *LATER], opens=1, reaches=Level.CRITICAL),
        Case("two groups are one crowd", [*EIGHT, *standing(9, "person", at=(2, 3))], opens=1),
        Case("who leaves in time", [Leaves(one, after=seconds(20)) for one in EIGHT], opens=0),
        Case("a tour walks past", TOUR, opens=0),
    ),
    footage=(
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
        FootageCase(
            "vtest.avi",
            expects=[(8, 45), (73, 79.4)],
            zone=CROSSING,
            parameters=THREE,
        ),
        FootageCase("vtest.avi", expects=[(8, 38)], zone=CROSSING, parameters=THREE, marks=SQUARE),
    ),
)
def rule(scene: Scene, crowd: Crowd) -> Iterator[Signal]:
    """Point at every group that is large enough."""
    for group in scene.clusters(radius_m=crowd.radius_m, min_size=crowd.people):
        level = Level.CRITICAL if len(group) >= CRUSH else Level.MAJOR
        yield scene.signal(*group, level=level, people=len(group), radius_m=crowd.radius_m)
