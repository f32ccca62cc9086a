"""An object has been left behind, and nobody takes it."""

from scenarios import authoring as gw


class ObjectLeft(gw.Parameters):
    size_share: float = gw.parameter(
        0.001, min=0.0002, max=0.1, zh="最小面积（占画面）", en="Minimum size (share of frame)"
    )


@gw.rule(ObjectLeft, per="subject", needs={"static_objects"}, hold="60s", clear="20s")
def object_left(scene: gw.Scene, params: ObjectLeft) -> gw.Signals:
    """Signal each object that has appeared and stays."""
    for item in scene.static_objects(gw.StaticChange.APPEARED):
        if item.share >= params.size_share:
            yield scene.signal(item, size_share=item.share)


SPOT = gw.Box(0.55, 0.55, 0.05, 0.09)
BAG = gw.PlacedObject(box=SPOT, after=gw.seconds(35))
PAVING = gw.Box(0.55, 0.42, 0.03, 0.06)
VEST = gw.Box(0.09, 0.867, 0.116, 0.044)

scenario = gw.scenario(
    object_left,
    title=gw.Text(zh="遗留物", en="Object left behind"),
    message=gw.Text(
        zh="遗留物已停留 {held_s:.0f} 秒无人取走（约占画面 {size_share:.1%}）",
        en="Object left for {held_s:.0f} s (about {size_share:.1%} of the frame)",
    ),
    duty=gw.DutyClass.SECURITY,
    family=gw.Family.OBJECTS,
    alarm_type=gw.AlarmType.OBJECT_LEFT,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("a bag stays", [], edits=[BAG], opens=1, reaches=gw.Level.MINOR),
        gw.Case(
            "two bags are two alerts",
            [],
            edits=[BAG, gw.PlacedObject(box=gw.Box(0.2, 0.6, 0.05, 0.09), after=gw.seconds(40))],
            opens=2,
        ),
        gw.Case(
            "a bag is picked up again within the hold time",
            [],
            edits=[gw.PlacedObject(box=SPOT, after=gw.seconds(35), until=gw.seconds(65))],
            opens=0,
        ),
        gw.Case(
            "people walk past in front of the bag",
            [gw.Walks("person", [(0, 8), (20, 8)], 0.4)],
            edits=[BAG],
            opens=1,
        ),
        gw.Case(
            "a person who stands still is not an object",
            [gw.Joins(gw.Stays("person", (12, 10)), after=gw.seconds(35))],
            duration=gw.seconds(160),
            opens=0,
        ),
        gw.Case(
            "the lights change",
            [],
            edits=[
                gw.LightChange(gain=0.5, after=gw.seconds(40)),
                gw.LightChange(gain=1.8, after=gw.seconds(90)),
            ],
            opens=0,
        ),
        gw.Case(
            "an object is taken away",
            [],
            edits=[gw.PlacedObject(box=SPOT, until=gw.seconds(40))],
            opens=0,
        ),
    ],
    footage=[
        # PETS 2006: the owner of a bag leaves it at 33.5 s.
        gw.FootageCase("pets2006-bag", expects=[(40.2, 50.2)], parameters={"hold": 5}),
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
        gw.FootageCase(
            "vtest.avi",
            edits=[gw.PlacedObject(box=PAVING, after=gw.seconds(35), until=gw.seconds(115))],
            duration=gw.seconds(150),
            expects=[(99.4, 143.4)],
            tolerance_s=5,
        ),
        gw.FootageCase(
            "vtest.avi",
            edits=[
                gw.PlacedObject(
                    box=gw.Box(0.7, 0.6, 0.06, 0.05), cut_from=VEST, after=gw.seconds(35)
                )
            ],
            duration=gw.seconds(110),
            expects=[(99.4, 109.8)],
            tolerance_s=5,
        ),
    ],
)
