"""A post is not manned: the zone is where the feet of whoever is on duty stand.

``hold`` is how long a post may be empty. Duty hours are the site's schedule.
"""

from scenarios.authoring import (
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
    scenario,
    seconds,
    tunable,
)

DESK = [(6, 6), (14, 6), (14, 12), (6, 12)]
GUARD = Stays("person", (10, 9))
TABLE = [(0.4, 0.6), (0.8, 0.6), (0.8, 1), (0.4, 1)]


class Post(Parameters, frozen=True):
    """What a site may set."""

    staff: Annotated[int, tunable(1, 20, zh="应在岗人数", en="Staff on post", counts=True)] = 1


@scenario(
    Post,
    title=Text(zh="离岗", en="Off post"),
    because=Text(
        zh="在岗 {staff:.0f} 人，应有 {needed:.0f} 人",
        en="{staff:.0f} on post, {needed:.0f} needed",
    ),
    duty=DutyClass.SAFETY,
    needs_zone=True,
    per="zone",
    level=Level.MINOR,
    watches={"person"},
    hold=seconds(180),
    clear=seconds(10),
    cases=(
        Case("who leaves", [Leaves(GUARD, after=seconds(20))], opens=1, zone=DESK),
        Case("nobody comes", [], opens=1, zone=DESK, reaches=Level.MINOR),
        Case("one of two", [GUARD], opens=1, zone=DESK, parameters={"staff": 2}),
        Case("who stays", [GUARD], opens=0, zone=DESK, duration=seconds(240)),
        Case(
            "who is back in time",
            [Leaves(GUARD, after=seconds(20)), Joins(GUARD, after=seconds(140))],
            opens=0,
            zone=DESK,
            duration=seconds(300),
        ),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
        FootageCase(
            "one-by-one-person-detection.mp4",
            # By eye the post is empty from 3 s before each to 2 s before its end.
            expects=[
                (3.0, 8.5),
                (22.2, 25.1),
                (47.0, 52.6),
                (72.0, 77.0),
                (89.0, 94.7),
                (122.2, 126.0),
                (138.4, 139.2),
            ],
            tolerance_s=1.5,
            zone=TABLE,
            parameters={"hold": 3, "clear": 2},
        ),
    ),
)
def rule(scene: Scene, post: Post) -> Iterator[Signal]:
    """Point at the post that too few are on."""
    staff = scene.count("person")
    if staff < post.staff:
        yield scene.signal(scene.zone_target(), staff=staff, needed=post.staff)
