"""Something is thrown from a window.

The camera looks at the façade. The object must be at least two pixels of 320 x 180 in size and be
visible for a second of its fall. At 5 frames a second that is a fall of 4 m; set 10 for less.
"""

from scenarios import authoring as gw


class HighToss(gw.Parameters):
    fall_share: float = gw.parameter(
        0.25, min=0.2, max=1, zh="最小下落（占画面高度）", en="Minimum fall (share of height)"
    )


@gw.rule(HighToss, per="zone", needs={"falling_objects"}, hold="0s", clear="10s")
def high_toss(scene: gw.Scene, params: HighToss) -> gw.Signals:
    """Signal each object that has fallen far enough."""
    for falling in scene.falling_objects():
        if falling.drop >= params.fall_share:
            yield scene.signal(falling, fall_share=falling.drop)


BOX = gw.ThrownObject(start=gw.Point(0.4, 0.05), gravity=0.4, after=gw.seconds(5))
RESTLESS = ["a-casino", "a-svincolo", "two-way-road", "hall-crush", "schoolchildren-pass"]

scenario = gw.scenario(
    high_toss,
    title=gw.Text(zh="高空抛物", en="Object thrown from above"),
    message=gw.Text(
        zh="疑似高空抛物，物体已下落画面高度的 {fall_share:.0%}",
        en="An object is falling, {fall_share:.0%} of the frame's height so far",
    ),
    duty=gw.DutyClass.HOUSING,
    family=gw.Family.FALLING_OBJECTS,
    life_and_limb=True,
    # It can kill a person below, and the person who threw it leaves within minutes.
    level=gw.Level.CRITICAL,
    cases=[
        gw.Case("a box from a window", [], edits=[BOX], opens=1, reaches=gw.Level.CRITICAL),
        gw.Case(
            "two boxes within a few seconds are one alert",
            [],
            edits=[
                BOX,
                gw.ThrownObject(start=gw.Point(0.6, 0.05), gravity=0.6, after=gw.seconds(8)),
            ],
            opens=1,
        ),
        gw.Case(
            "a bird flies past",
            [],
            edits=[
                gw.ThrownObject(
                    start=gw.Point(0, 0.3),
                    speed=gw.Point(0.3, 0.03),
                    gravity=0,
                    after=gw.seconds(5),
                )
            ],
            opens=0,
        ),
        gw.Case(
            "a lift moves down at constant speed",
            [],
            edits=[
                gw.ThrownObject(
                    start=gw.Point(0.4, 0.1), speed=gw.Point(0, 0.3), gravity=0, after=gw.seconds(5)
                )
            ],
            opens=0,
        ),
        gw.Case("a person walks below", [gw.Walks("person", [(5, 20), (5, 0)], 1.4)], opens=0),
        gw.Case(
            "the lights change",
            [],
            edits=[
                gw.LightChange(gain=1.5, after=gw.seconds(5)),
                gw.LightChange(gain=0.6, after=gw.seconds(8)),
            ],
            opens=0,
        ),
    ],
    footage=[
        *(gw.FootageCase(clip, expects=[]) for clip in RESTLESS),
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
        gw.FootageCase("intel-cars-topdown", expects=[]),  # from above: cars, telephones, suitcases
        gw.FootageCase(
            "vtest.avi",
            edits=[gw.ThrownObject(start=gw.Point(0.3, 0.1), after=gw.seconds(20))],
            duration=gw.seconds(60),
            expects=[(21, 31.8)],
        ),
    ],
)
