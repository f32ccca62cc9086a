"""Somebody hangs on a wall or fence.

The zone is the face of the wall as the picture shows it, from a foot above the ground to its
top. Whose feet are there, and who looks too tall to stand on the ground behind it, hangs on it.
How tall people are is learned from those who pass: a camera that sees nobody on the ground, or
hangs higher than ten metres, cannot tell well.
"""

from scenarios import authoring as gw


class Climbing(gw.Parameters):
    lift_m: float = gw.parameter(0.8, min=0, max=5, zh="离地高度（米）", en="Above ground (m)")


@gw.rule(Climbing, per="zone", zone_required=True, labels={"person"}, hold="1s", clear="15s")
def climbing(scene: gw.Scene, params: Climbing) -> gw.Signals:
    """Point at all whose feet are on the wall and above the ground."""
    up = [one for one in scene.in_zone() if scene.height_above_ground(one) >= params.lift_m]
    if up:
        yield scene.signal(*up, people=len(up), lift_m=max(map(scene.height_above_ground, up)))


# A wall of 1.7 m along y = 10, from half a metre up, as the camera of the stage sees it.
FACE = [(4.8, 11.5), (15.2, 11.5), (16.4, 18.5), (3.6, 18.5)]
AT_THE_WALL = gw.Stays("person", (10, 10))
BEHIND = gw.Stays("person", (8, 15))
PASSERS = [gw.Walks("person", [(0, y), (20, y)] * 2, 1.4) for y in (3, 8, 17)]
FRONT = [(0.42, 0.06), (0.76, 0.06), (0.76, 0.19), (0.42, 0.19)]  # of a house

scenario = gw.scenario(
    climbing,
    title=gw.Text(zh="翻越围栏", en="Climbing"),
    message=gw.Text(
        zh="{people:.0f} 人攀爬围栏，最高离地 {lift_m:.1f} 米",
        en="{people:.0f} on the wall, {lift_m:.1f} m above the ground",
    ),
    duty=gw.DutyClass.SECURITY,
    alarm_type=gw.AlarmType.INTRUSION,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "who climbs up",
            [*PASSERS, gw.Climbs(AT_THE_WALL, height_m=1.2, after=gw.seconds(3))],
            opens=1,
            reaches=gw.Level.MAJOR,
            zone=FACE,
        ),
        gw.Case("who stands at the wall", [AT_THE_WALL], opens=0, zone=FACE),
        gw.Case("who stands behind it, seen through", [BEHIND], opens=0, zone=FACE),
        gw.Case(
            "who walks before it", [gw.Walks("person", [(2, 9), (18, 9)], 1.4)], opens=0, zone=FACE
        ),
        gw.Case(
            "who walks behind it, seen through",
            [gw.Walks("person", [(1, 15), (19, 15)], 1.4)],
            opens=0,
            zone=FACE,
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[], zone=FRONT),
        gw.FootageCase("traffic.mp4", expects=[]),
    ],
)
