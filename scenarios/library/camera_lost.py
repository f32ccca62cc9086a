"""No picture comes from a camera.

To all other scenarios an outage is nothing: it neither holds nor clears. To this one it is what
is looked for, so its rule is asked in gaps, too.
"""

from scenarios.authoring import (
    AlarmType,
    Case,
    DutyClass,
    FootageCase,
    Iterator,
    Level,
    Parameters,
    Scene,
    Signal,
    Stays,
    StreamOutage,
    Text,
    minutes,
    scenario,
    seconds,
)


class CameraLost(Parameters, frozen=True):
    """What a site may set: nothing but the timing; ``hold`` is how long it may be away."""


@scenario(
    CameraLost,
    title=Text(zh="视频中断", en="Camera lost"),
    because=Text(zh="已 {dark_s:.0f} 秒无画面", en="No picture for {dark_s:.0f} s"),
    duty=DutyClass.SECURITY,
    alarm_type=AlarmType.VIDEO_LOST,
    zone_kind="frame",
    per="zone",
    level=Level.MAJOR,
    needs={"outages"},
    hold=seconds(30),
    clear=seconds(10),
    report_every=minutes(10),
    cases=(
        Case(
            "a minute without a picture",
            [],
            edits=[StreamOutage(after=seconds(20), until=seconds(80))],
            opens=1,
            reaches=Level.MAJOR,
        ),
        Case(
            "half an hour without a picture is one loss",
            [],
            edits=[StreamOutage(after=seconds(20), until=minutes(30))],
            opens=1,
        ),
        Case(
            "it comes back for a moment",
            [],
            edits=[
                StreamOutage(after=seconds(20), until=seconds(80)),
                StreamOutage(after=seconds(85), until=seconds(150)),
            ],
            opens=1,
        ),
        Case(
            "it reconnects in time",
            [],
            edits=[StreamOutage(after=seconds(20), until=seconds(40))],
            opens=0,
        ),
        Case("pictures come", [Stays("person", (10, 10))], duration=minutes(2), opens=0),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
        FootageCase(
            "vtest.avi",
            edits=[StreamOutage(after=seconds(15), until=seconds(60))],
            expects=[(44.8, 69.8)],
        ),
    ),
)
def rule(scene: Scene, lost: CameraLost) -> Iterator[Signal]:  # noqa: ARG001  # it has none to ask
    """Point at the dark picture."""
    outage = scene.outage()
    if outage:
        yield scene.signal(outage, dark_s=(scene.at - outage.since).total_seconds())
