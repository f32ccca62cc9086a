"""Something that was always there is gone: a manhole cover, a barrier, a sign."""

from scenarios.authoring import (
    AlarmType,
    Annotated,
    Box,
    Case,
    DutyClass,
    FootageCase,
    Iterator,
    Joins,
    Leaves,
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
GONE = PlacedObject(box=SPOT, until=seconds(40))
PAVING = Box(0.55, 0.42, 0.03, 0.06)


class ObjectRemoved(Parameters, frozen=True):
    """What a site may set."""

    size_share: Annotated[
        float, tunable(0.0002, 0.1, zh="最小面积（占画面）", en="Least size (share of the frame)")
    ] = 0.001


@scenario(
    ObjectRemoved,
    title=Text(zh="设施缺失", en="Object removed"),
    because=Text(
        zh="原有设施缺失已 {held_s:.0f} 秒（约占画面 {size_share:.1%}）",
        en="Gone from its place for {held_s:.0f} s (about {size_share:.1%} of the frame)",
    ),
    duty=DutyClass.CITY,
    alarm_type=AlarmType.OBJECT_REMOVED,
    per="subject",
    # Who steps into an open manhole is hurt: nobody waits for a second look.
    level=Level.MAJOR,
    needs={"stills"},
    hold=seconds(20),
    clear=seconds(20),
    cases=(
        Case("a cover that is taken", [], edits=[GONE], opens=1, reaches=Level.MAJOR),
        Case(
            "people pass where it was",
            [Walks("person", [(0, 8), (20, 8)], 0.4)],
            edits=[GONE],
            opens=1,
        ),
        Case(
            "it is put back in time",
            [],
            edits=[GONE, PlacedObject(box=SPOT, after=seconds(52))],
            duration=seconds(100),
            opens=0,
        ),
        Case(
            "a bag that is left is not missing",
            [],
            edits=[PlacedObject(box=SPOT, after=seconds(35))],
            opens=0,
        ),
        Case(
            "who stood there from the beginning was no fixture",
            [Leaves(Stays("person", (12, 10)), after=seconds(50))],
            duration=seconds(120),
            opens=0,
        ),
        Case(
            "who stands before it hides it",
            [Joins(Stays("person", (12, 10)), after=seconds(35))],
            edits=[PlacedObject(box=SPOT)],
            duration=seconds(100),
            opens=0,
        ),
        Case(
            "a lamp takes nothing away",
            [],
            edits=[LightChange(gain=0.5, after=seconds(40))],
            opens=0,
        ),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
        FootageCase(
            "vtest.avi",
            edits=[PlacedObject(box=PAVING, until=seconds(45))],
            duration=seconds(100),
            expects=[(70.2, 99.8)],
            tolerance_s=5,
        ),
    ),
)
def rule(scene: Scene, removed: ObjectRemoved) -> Iterator[Signal]:
    """Point at each place from which a thing has vanished."""
    for still in scene.static_objects(StaticChange.VANISHED):
        if still.share >= removed.size_share:
            yield scene.signal(still, size_share=still.share)
