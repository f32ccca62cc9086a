"""No picture comes from a camera.

To all other scenarios an outage is nothing: it neither holds nor clears. To this one it is what
is looked for, so its rule is asked in gaps, too.
"""

from scenarios import authoring as gw


@gw.rule(per="zone", zone="frame", needs={"outages"}, hold="30s", clear="10s", report_every="10m")
def camera_lost(scene: gw.Scene) -> gw.Signals:
    """Point at the dark picture."""
    outage = scene.outage()
    if outage:
        yield scene.signal(outage, dark_s=(scene.at - outage.since).total_seconds())


scenario = gw.scenario(
    camera_lost,
    title=gw.Text(zh="视频中断", en="Camera lost"),
    message=gw.Text(zh="已 {dark_s:.0f} 秒无画面", en="No picture for {dark_s:.0f} s"),
    duty=gw.DutyClass.SECURITY,
    alarm_type=gw.AlarmType.VIDEO_LOST,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "a minute without a picture",
            [],
            edits=[gw.StreamOutage(after=gw.seconds(20), until=gw.seconds(80))],
            opens=1,
            reaches=gw.Level.MAJOR,
        ),
        gw.Case(
            "half an hour without a picture is one loss",
            [],
            edits=[gw.StreamOutage(after=gw.seconds(20), until=gw.minutes(30))],
            opens=1,
        ),
        gw.Case(
            "it comes back for a moment",
            [],
            edits=[
                gw.StreamOutage(after=gw.seconds(20), until=gw.seconds(80)),
                gw.StreamOutage(after=gw.seconds(85), until=gw.seconds(150)),
            ],
            opens=1,
        ),
        gw.Case(
            "it reconnects in time",
            [],
            edits=[gw.StreamOutage(after=gw.seconds(20), until=gw.seconds(40))],
            opens=0,
        ),
        gw.Case("pictures come", [gw.Stays("person", (10, 10))], duration=gw.minutes(2), opens=0),
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
