"""A fixture is missing: a manhole cover, a barrier, a sign."""

from scenarios import authoring as gw


class ObjectRemoved(gw.Parameters):
    size_share: float = gw.parameter(
        0.001, min=0.0002, max=0.1, zh="最小面积（占画面）", en="Minimum size (share of frame)"
    )


@gw.rule(ObjectRemoved, per="subject", needs={"static_objects"}, hold="20s", clear="20s")
def object_removed(scene: gw.Scene, params: ObjectRemoved) -> gw.Signals:
    """Signal each place from which an object has vanished."""
    for item in scene.static_objects(gw.StaticChange.VANISHED):
        if item.share >= params.size_share:
            yield scene.signal(item, size_share=item.share)


SPOT = gw.Box(0.55, 0.55, 0.05, 0.09)
TAKEN = gw.PlacedObject(box=SPOT, until=gw.seconds(40))
PAVING = gw.Box(0.55, 0.42, 0.03, 0.06)

scenario = gw.scenario(
    object_removed,
    title=gw.Text(zh="设施缺失", en="Object removed"),
    message=gw.Text(
        zh="原有设施缺失已 {held_s:.0f} 秒（约占画面 {size_share:.1%}）",
        en="Fixture missing for {held_s:.0f} s (about {size_share:.1%} of the frame)",
    ),
    duty=gw.DutyClass.CITY,
    family=gw.Family.FIXTURES,
    alarm_type=gw.AlarmType.OBJECT_REMOVED,
    # A person who steps into an open manhole is hurt, so nobody waits for a review.
    level=gw.Level.MAJOR,
    cases=[
        gw.Case("a manhole cover is taken", [], edits=[TAKEN], opens=1, reaches=gw.Level.MAJOR),
        gw.Case(
            "people walk past where the cover was",
            [gw.Walks("person", [(0, 8), (20, 8)], 0.4)],
            edits=[TAKEN],
            opens=1,
        ),
        gw.Case(
            "the cover is put back within the hold time",
            [],
            edits=[TAKEN, gw.PlacedObject(box=SPOT, after=gw.seconds(52))],
            duration=gw.seconds(100),
            opens=0,
        ),
        gw.Case(
            "a bag is left behind",
            [],
            edits=[gw.PlacedObject(box=SPOT, after=gw.seconds(35))],
            opens=0,
        ),
        gw.Case(
            "a person who stood there from the start leaves",
            [gw.Leaves(gw.Stays("person", (12, 10)), after=gw.seconds(50))],
            duration=gw.seconds(120),
            opens=0,
        ),
        gw.Case(
            "a person stands in front of the cover",
            [gw.Joins(gw.Stays("person", (12, 10)), after=gw.seconds(35))],
            edits=[gw.PlacedObject(box=SPOT)],
            duration=gw.seconds(100),
            opens=0,
        ),
        gw.Case(
            "the lights change",
            [],
            edits=[gw.LightChange(gain=0.5, after=gw.seconds(40))],
            opens=0,
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
        gw.FootageCase(
            "vtest.avi",
            edits=[gw.PlacedObject(box=PAVING, until=gw.seconds(45))],
            duration=gw.seconds(100),
            expects=[(70.2, 99.8)],
            tolerance_s=5,
        ),
    ],
)
