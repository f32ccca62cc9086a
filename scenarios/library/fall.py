"""A person falls and stays down.

A fall is quick, lying down is slow. ``pipeline/scene/posture.py`` decides, ``body_shape.py`` beside
it has the thresholds. Whom the detector loses is searched for where he or she stood. A pose model
raises or lowers the score, but refuses nobody: it does not know people who lie along the line of
sight. ``hold`` is how long the person is down.
"""

from scenarios import authoring as gw

CRITICAL_AFTER = gw.seconds(60)  # a person who is not up by then is hurt, or nobody helps


@gw.rule(per="subject", labels={"person"}, needs={"postures"}, hold="1.5s", clear="15s")
def fall(scene: gw.Scene) -> gw.Signals:
    """Signal each person who fell and is still down."""
    for person in scene.fallen():
        lying = scene.at - person.since
        level = gw.Level.CRITICAL if lying >= CRITICAL_AFTER else gw.Level.MAJOR
        yield scene.signal(person, level=level, lies_s=lying.total_seconds())


FALLS = [
    ("gmd_1_fall_13", 1.6, 4.3),
    ("gmd_1_fall_14", 2.1, 5.7),
    ("gmd_1_fall_15", 3.1, 6.0),
    ("gmd_3_fall_15", 3.2, 5.6),
    ("gmd_3_fall_16", 3.3, 6.1),
    ("gmd_3_fall_19", 3.3, 5.7),
    ("gmd_3_fall_20", 3.3, 6.2),
]
"""Clips of GMDCSA24, when the person lies, and the end: an alert opens within three seconds.

gmd_3_fall_01, a fall off a bed right before the camera, is missed."""
DAILY_LIFE = [
    "vtest.avi",
    "one-by-one-person-detection.mp4",
    "fall/gmd_1_adl_10.mp4",
    "fall/gmd_3_adl_07.mp4",
    "fall/gmd_3_adl_18.mp4",
    "fall/gmd_3_adl_19.mp4",
    "fall/gmd_3_adl_20.mp4",
    "people/towncentre_street.mp4",
    "people/schoolchildren_pass.mp4",
    "people/hall_crush.mp4",
    "other/dog_with_woman.mp4",
    "other/pets2006_bag.mp4",
    "cctv2s/nofi029.mp4",
    "cctv2s/nofi088.mp4",
    "cctv2s/nofi119.mp4",
    "cctv2s/nofi128.mp4",
]

WALKER = gw.Walks("person", [(4, 8), (16, 8)], 1.2)
SLOWLY = gw.seconds(5)

scenario = gw.scenario(
    fall,
    title=gw.Text(zh="人员倒地", en="Fall"),
    message=gw.Text(
        zh="倒地 {lies_s:.0f} 秒未起", en="A person fell and has been down for {lies_s:.0f} s"
    ),
    duty=gw.DutyClass.SECURITY,
    family=gw.Family.PERSON_DOWN,
    life_and_limb=True,
    level=gw.Level.MAJOR,
    revision=2,
    cases=[
        gw.Case(
            "a person falls",
            [gw.Falls(WALKER, after=gw.seconds(5))],
            opens=1,
            reaches=gw.Level.MAJOR,
        ),
        gw.Case(
            "a person falls and stays down for over a minute",
            [gw.Falls(WALKER, after=gw.seconds(5))],
            opens=1,
            reaches=gw.Level.CRITICAL,
            duration=gw.seconds(90),
        ),
        gw.Case(
            "a person lies down slowly",
            [gw.Falls(WALKER, after=gw.seconds(5), duration=SLOWLY)],
            opens=0,
        ),
        gw.Case(
            "a person falls and gets up at once",
            [gw.Falls(WALKER, after=gw.seconds(4), up_after=gw.seconds(5.4))],
            opens=0,
        ),
        gw.Case("a person walks", [WALKER], opens=0),
        gw.Case("a person stands", [gw.Stays("person", (10, 10))], opens=0),
    ],
    footage=[
        *(gw.FootageCase(f"fall/{clip}.mp4", expects=[(lies, ends)]) for clip, lies, ends in FALLS),
        *(gw.FootageCase(clip, expects=[]) for clip in DAILY_LIFE),
    ],
)
