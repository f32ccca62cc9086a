"""The lens is covered, the camera turned, or the picture out of focus."""

from scenarios.authoring import (
    AlarmType,
    Annotated,
    Box,
    CameraShift,
    Case,
    Defocus,
    DutyClass,
    FootageCase,
    Iterator,
    LensCover,
    Level,
    LightChange,
    Parameters,
    PlacedObject,
    Point,
    Scene,
    Signal,
    StreamOutage,
    Text,
    Walks,
    scenario,
    seconds,
    tunable,
)

FROM, TO = seconds(30), seconds(60)


class CameraTamper(Parameters, frozen=True):
    """What a site may set."""

    lost_share: Annotated[
        float, tunable(0.2, 1, zh="画面结构丢失比例", en="Share of the view lost")
    ] = 0.5
    blur_share: Annotated[
        float, tunable(0.2, 1, zh="清晰度下降比例", en="Share of the sharpness lost")
    ] = 0.4


@scenario(
    CameraTamper,
    title=Text(zh="镜头遮挡或移位", en="Camera covered or moved"),
    because=Text(
        zh="固定结构丢失 {lost_share:.0%}，清晰度下降 {blur_share:.0%}，偏移 {shift_share:.0%}",
        en="View lost {lost_share:.0%}, sharpness lost {blur_share:.0%}, moved {shift_share:.0%}",
    ),
    duty=DutyClass.SECURITY,
    alarm_type=AlarmType.COVERED,
    zone_kind="frame",
    per="zone",
    level=Level.MAJOR,
    needs={"view"},
    hold=seconds(5),
    clear=seconds(10),
    cases=(
        Case(
            "the lens is covered",
            [],
            edits=[LensCover(after=FROM, until=TO)],
            opens=1,
            reaches=Level.MAJOR,
        ),
        Case(
            "most of the lens is covered",
            [],
            edits=[LensCover(share=0.7, after=FROM, until=TO)],
            opens=1,
        ),
        Case(
            "the camera is turned",
            [],
            edits=[CameraShift(by=Point(0.06, 0.03), after=FROM, until=TO)],
            opens=1,
        ),
        Case(
            "the picture is out of focus",
            [],
            edits=[Defocus(radius=0.012, after=FROM, until=TO)],
            opens=1,
        ),
        Case(
            "the light goes off and on",
            [],
            edits=[
                LightChange(gain=0.25, after=FROM, until=TO),
                LightChange(gain=1.7, after=seconds(60)),
            ],
            opens=0,
        ),
        Case(
            "a lorry stops before the camera",
            [],
            edits=[PlacedObject(box=Box(0.1, 0.2, 0.5, 0.6), after=FROM, until=TO)],
            opens=0,
        ),
        Case(
            "a hand wipes the lens",
            [],
            edits=[LensCover(after=seconds(30), until=seconds(33))],
            opens=0,
        ),
        Case(
            "people walk about",
            [Walks("person", [(0, y), (20, y)], 1.0) for y in (3, 6, 12)],
            opens=0,
        ),
        Case(
            "it was turned while no picture came",
            [],
            edits=[
                StreamOutage(after=FROM, until=TO),
                CameraShift(by=Point(0.06, 0.03), after=seconds(30)),
            ],
            duration=seconds(80),
            opens=1,
        ),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
        *(
            FootageCase("vtest.avi", edits=[edit], duration=seconds(60), expects=[(25.2, 55.4)])
            for edit in (
                LensCover(share=0.8, after=seconds(20), until=seconds(45)),
                CameraShift(by=Point(0.03, 0.02), after=seconds(20), until=seconds(45)),
                Defocus(radius=0.006, after=seconds(20), until=seconds(45)),
            )
        ),
        FootageCase(
            "vtest.avi",
            edits=[LightChange(gain=0.3, after=seconds(20), until=seconds(40))],
            expects=[],
        ),
        FootageCase(
            "one-by-one-person-detection.mp4",
            edits=[LensCover(after=seconds(20), until=seconds(45))],
            duration=seconds(60),
            expects=[(25.2, 55.4)],
        ),
    ),
)
def rule(scene: Scene, tamper: CameraTamper) -> Iterator[Signal]:
    """Point at the whole picture, once it is no longer what it used to be."""
    view = scene.view_change()
    if view and (view.lost_share >= tamper.lost_share or view.blur >= tamper.blur_share):
        shift = max(abs(view.shift.x), abs(view.shift.y))
        yield scene.signal(
            view, lost_share=view.lost_share, blur_share=view.blur, shift_share=shift
        )
