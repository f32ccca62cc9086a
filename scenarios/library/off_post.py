"""A post is not staffed.

The zone is the area where the staff stand. ``hold`` is how long the post may be empty; the duty
hours are the site's schedule.
"""

from scenarios import authoring as gw


class OffPost(gw.Parameters):
    staff: int = gw.parameter(
        1, min=1, max=20, zh="应在岗人数", en="Staff on post", is_min_count=True
    )


@gw.rule(OffPost, per="zone", zone_required=True, labels={"person"}, hold="180s", clear="10s")
def off_post(scene: gw.Scene, params: OffPost) -> gw.Signals:
    """Signal the post while too few people are in it."""
    staff = scene.count("person")
    if staff < params.staff:
        yield scene.signal(scene.zone_target(), staff=staff, needed=params.staff)


DESK = [(6, 6), (14, 6), (14, 12), (6, 12)]
GUARD = gw.Stays("person", (10, 9))
TABLE = [(0.4, 0.6), (0.8, 0.6), (0.8, 1), (0.4, 1)]

scenario = gw.scenario(
    off_post,
    title=gw.Text(zh="离岗", en="Off post"),
    message=gw.Text(
        zh="在岗 {staff:.0f} 人，应有 {needed:.0f} 人",
        en="Staff on post: {staff:.0f}, required: {needed:.0f}",
    ),
    duty=gw.DutyClass.SAFETY,
    family=gw.Family.POST,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("the guard leaves", [gw.Leaves(GUARD, after=gw.seconds(20))], opens=1, zone=DESK),
        gw.Case("nobody is on post", [], opens=1, zone=DESK, reaches=gw.Level.MINOR),
        gw.Case(
            "one guard where two are required", [GUARD], opens=1, zone=DESK, parameters={"staff": 2}
        ),
        gw.Case("the guard stays", [GUARD], opens=0, zone=DESK, duration=gw.seconds(240)),
        gw.Case(
            "the guard is back within the hold time",
            [gw.Leaves(GUARD, after=gw.seconds(20)), gw.Joins(GUARD, after=gw.seconds(140))],
            opens=0,
            zone=DESK,
            duration=gw.seconds(300),
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
        gw.FootageCase(
            "one-by-one-person-detection.mp4",
            # As seen on the frames, the post is empty from 3 s (the hold time) before each alert
            # opens until 2 s (the clear time) before it closes.
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
    ],
)
