"""A thing was left behind and nobody takes it."""

from scenarios.authoring import (
    AlarmType,
    Annotated,
    Box,
    Case,
    DutyClass,
    FootageCase,
    Iterator,
    Joins,
    Level,
    LightChange,
    Parameters,
    PlacedObject,
    Scene,
    Signal,
    StaticChange,
    Stays,
    Text,
    Walks,
    scenario,
    seconds,
    tunable,
)

SPOT = Box(0.55, 0.55, 0.05, 0.09)
BAG = PlacedObject(box=SPOT, after=seconds(35))
PAVING = Box(0.55, 0.42, 0.03, 0.06)
VEST = Box(0.09, 0.867, 0.116, 0.044)


class ObjectLeft(Parameters, frozen=True):
    """What a site may set."""

    size_share: Annotated[
        float, tunable(0.0002, 0.1, zh="最小面积（占画面）", en="Least size (share of the frame)")
    ] = 0.001


@scenario(
    ObjectLeft,
    title=Text(zh="遗留物", en="Object left behind"),
    because=Text(
        zh="遗留物已停留 {held_s:.0f} 秒无人取走（约占画面 {size_share:.1%}）",
        en="Left behind for {held_s:.0f} s (about {size_share:.1%} of the frame)",
    ),
    duty=DutyClass.SECURITY,
    alarm_type=AlarmType.OBJECT_LEFT,
    per="subject",
    level=Level.MINOR,
    needs={"stills"},
    hold=seconds(60),
    clear=seconds(20),
    cases=(
        Case("a bag that stays", [], edits=[BAG], opens=1, reaches=Level.MINOR),
        Case(
            "two bags are two orders",
            [],
            edits=[BAG, PlacedObject(box=Box(0.2, 0.6, 0.05, 0.09), after=seconds(40))],
            opens=2,
        ),
        Case(
            "who puts it down and picks it up",
            [],
            edits=[PlacedObject(box=SPOT, after=seconds(35), until=seconds(65))],
            opens=0,
        ),
        Case(
            "people pass before it", [Walks("person", [(0, 8), (20, 8)], 0.4)], edits=[BAG], opens=1
        ),
        Case(
            "who stands there is no object",
            [Joins(Stays("person", (12, 10)), after=seconds(35))],
            duration=seconds(160),
            opens=0,
        ),
        Case(
            "a lamp leaves nothing behind",
            [],
            edits=[
                LightChange(gain=0.5, after=seconds(40)),
                LightChange(gain=1.8, after=seconds(90)),
            ],
            opens=0,
        ),
        Case(
            "what is taken away is not left",
            [],
            edits=[PlacedObject(box=SPOT, until=seconds(40))],
            opens=0,
        ),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
        FootageCase(
            "vtest.avi",
            edits=[PlacedObject(box=PAVING, after=seconds(35), until=seconds(115))],
            duration=seconds(150),
            expects=[(99.4, 143.4)],
            tolerance_s=5,
        ),
        FootageCase(
            "vtest.avi",
            edits=[PlacedObject(box=Box(0.7, 0.6, 0.06, 0.05), cut_from=VEST, after=seconds(35))],
            duration=seconds(110),
            expects=[(99.4, 109.8)],
            tolerance_s=5,
        ),
    ),
)
def rule(scene: Scene, left: ObjectLeft) -> Iterator[Signal]:
    """Point at each thing that has appeared and stays."""
    for still in scene.static_objects(StaticChange.APPEARED):
        if still.share >= left.size_share:
            yield scene.signal(still, size_share=still.share)
