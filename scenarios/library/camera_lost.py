"""The camera delivers no frames.

For every other scenario a gap in the stream neither holds nor clears. This one needs ``outages``,
so its rule is evaluated during gaps too. ``hold`` is how long a camera may be away.
"""

from scenarios import authoring as gw


@gw.rule(per="zone", zone="frame", needs={"outages"}, hold="30s", clear="10s", report_every="10m")
def camera_lost(scene: gw.Scene) -> gw.Signals:
    """Signal the outage."""
    outage = scene.outage()
    if outage:
        yield scene.signal(outage, dark_s=(scene.at - outage.since).total_seconds())


scenario = gw.scenario(
    camera_lost,
    title=gw.Text(zh="视频中断", en="Camera lost"),
    message=gw.Text(zh="视频中断已 {dark_s:.0f} 秒", en="No video for {dark_s:.0f} s"),
    duty=gw.DutyClass.SECURITY,
    family=gw.Family.CAMERA,
    alarm_type=gw.AlarmType.VIDEO_LOST,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "one minute without video",
            [],
            edits=[gw.StreamOutage(after=gw.seconds(20), until=gw.seconds(80))],
            opens=1,
            reaches=gw.Level.MAJOR,
        ),
        gw.Case(
            "half an hour without video is one alert",
            [],
            edits=[gw.StreamOutage(after=gw.seconds(20), until=gw.minutes(30))],
            opens=1,
        ),
        gw.Case(
            "video returns for five seconds",
            [],
            edits=[
                gw.StreamOutage(after=gw.seconds(20), until=gw.seconds(80)),
                gw.StreamOutage(after=gw.seconds(85), until=gw.seconds(150)),
            ],
            opens=1,
        ),
        gw.Case(
            "the camera reconnects within the hold time",
            [],
            edits=[gw.StreamOutage(after=gw.seconds(20), until=gw.seconds(40))],
            opens=0,
        ),
        gw.Case(
            "video without a gap", [gw.Stays("person", (10, 10))], duration=gw.minutes(2), opens=0
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
        gw.FootageCase(
            "vtest.avi",
            edits=[gw.StreamOutage(after=gw.seconds(15), until=gw.seconds(60))],
            expects=[(44.8, 69.8)],
        ),
    ],
)
