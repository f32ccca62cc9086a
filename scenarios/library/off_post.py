"""A post is not manned: the zone is where the feet of whoever is on duty stand.

``hold`` is how long a post may be empty. Duty hours are the site's schedule.
"""

from scenarios.authoring import (
    Annotated,
    Case,
    Duty,
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


class Post(Parameters, frozen=True):
    """What a site may set."""

    staff: Annotated[int, tunable(1, 20, zh="应在岗人数", en="Staff on post")] = 1


@scenario(
    Post,
    title=Text(zh="离岗", en="Off post"),
    because=Text(
        zh="在岗 {staff:.0f} 人，应有 {needed:.0f} 人",
        en="{staff:.0f} on post, {needed:.0f} needed",
    ),
    duty=Duty.SAFETY,
    per="zone",
    level=Level.MINOR,
    watches={"person"},
    hold=seconds(180),
    clear=seconds(10),
    cases=(
        Case("who leaves", [Leaves(GUARD, after=seconds(20))], opens=1, zone=DESK),
        Case("nobody comes", [], opens=1, zone=DESK, reaches=Level.MINOR),
        Case("one of two", [GUARD], opens=1, zone=DESK, settings={"staff": 2}),
        Case("who stays", [GUARD], opens=0, zone=DESK, lasts=seconds(240)),
        Case(
            "who is back in time",
            [Leaves(GUARD, after=seconds(20)), Joins(GUARD, after=seconds(140))],
            opens=0,
            zone=DESK,
            lasts=seconds(300),
        ),
    ),
)
def rule(scene: Scene, post: Post) -> Iterator[Signal]:
    """Point at the post that too few are on."""
    staff = scene.count("person")
    if staff < post.staff:
        yield scene.signal(scene.spot(), staff=staff, needed=post.staff)
