"""The lens is covered, the camera has been turned, or the image is out of focus."""

from scenarios import authoring as gw


class CameraTamper(gw.Parameters):
    lost_share: float = gw.parameter(
        0.5, min=0.2, max=1, zh="画面结构丢失比例", en="Share of the view lost"
    )
    blur_share: float = gw.parameter(
        0.4, min=0.2, max=1, zh="清晰度下降比例", en="Share of the sharpness lost"
    )


@gw.rule(CameraTamper, per="zone", zone="frame", needs={"view_change"}, hold="5s", clear="10s")
def camera_tamper(scene: gw.Scene, params: CameraTamper) -> gw.Signals:
    """Signal the whole frame once it differs enough from the usual view."""
    view = scene.view_change()
    if view and (view.lost_share >= params.lost_share or view.blur >= params.blur_share):
        shift = max(abs(view.shift.x), abs(view.shift.y))
        yield scene.signal(
            view, lost_share=view.lost_share, blur_share=view.blur, shift_share=shift
        )


START, END = gw.seconds(30), gw.seconds(60)

scenario = gw.scenario(
    camera_tamper,
    title=gw.Text(zh="镜头遮挡或移位", en="Camera covered or moved"),
    message=gw.Text(
        zh="固定结构丢失 {lost_share:.0%}，清晰度下降 {blur_share:.0%}，偏移 {shift_share:.0%}",
        en="View lost {lost_share:.0%}, sharpness lost {blur_share:.0%}, shifted {shift_share:.0%}",
    ),
    duty=gw.DutyClass.SECURITY,
    family=gw.Family.CAMERA,
    alarm_type=gw.AlarmType.COVERED,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "the lens is covered",
            [],
            edits=[gw.LensCover(after=START, until=END)],
            opens=1,
            reaches=gw.Level.MAJOR,
        ),
        gw.Case(
            "most of the lens is covered",
            [],
            edits=[gw.LensCover(share=0.7, after=START, until=END)],
            opens=1,
        ),
        gw.Case(
            "the camera is turned",
            [],
            edits=[gw.CameraShift(by=gw.Point(0.06, 0.03), after=START, until=END)],
            opens=1,
        ),
        gw.Case(
            "the image is out of focus",
            [],
            edits=[gw.Defocus(radius=0.012, after=START, until=END)],
            opens=1,
        ),
        gw.Case(
            "the lights go off and on",
            [],
            edits=[
                gw.LightChange(gain=0.25, after=START, until=END),
                gw.LightChange(gain=1.7, after=gw.seconds(60)),
            ],
            opens=0,
        ),
        gw.Case(
            "a lorry stops in front of the camera",
            [],
            edits=[gw.PlacedObject(box=gw.Box(0.1, 0.2, 0.5, 0.6), after=START, until=END)],
            opens=0,
        ),
        gw.Case(
            "a hand wipes the lens for three seconds",
            [],
            edits=[gw.LensCover(after=gw.seconds(30), until=gw.seconds(33))],
            opens=0,
        ),
        gw.Case(
            "people walk about",
            [gw.Walks("person", [(0, y), (20, y)], 1.0) for y in (3, 6, 12)],
            opens=0,
        ),
        gw.Case(
            "the camera is turned during an outage",
            [],
            edits=[
                gw.StreamOutage(after=START, until=END),
                gw.CameraShift(by=gw.Point(0.06, 0.03), after=gw.seconds(30)),
            ],
            duration=gw.seconds(80),
            opens=1,
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
        *(
            gw.FootageCase(
                "vtest.avi", edits=[edit], duration=gw.seconds(60), expects=[(25.2, 55.4)]
            )
            for edit in (
                gw.LensCover(share=0.8, after=gw.seconds(20), until=gw.seconds(45)),
                gw.CameraShift(by=gw.Point(0.03, 0.02), after=gw.seconds(20), until=gw.seconds(45)),
                gw.Defocus(radius=0.006, after=gw.seconds(20), until=gw.seconds(45)),
            )
        ),
        gw.FootageCase(
            "vtest.avi",
            edits=[gw.LightChange(gain=0.3, after=gw.seconds(20), until=gw.seconds(40))],
            expects=[],
        ),
        gw.FootageCase(
            "one-by-one-person-detection.mp4",
            edits=[gw.LensCover(after=gw.seconds(20), until=gw.seconds(45))],
            duration=gw.seconds(60),
            expects=[(25.2, 55.4)],
        ),
    ],
)
