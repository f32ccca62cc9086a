"""A person climbs a wall or fence.

The zone is the face of the wall in the image, from about 30 cm above the ground to its top. A
person climbs if the feet are in the zone and the person looks too tall to stand on the ground
behind it. The height of people is learned from those who walk past, so a camera that sees nobody
on the ground, or that hangs higher than ten metres, cannot decide reliably. A pose model, if there
is one, refuses curtains, poles and statues.
"""

from scenarios import authoring as gw


class Climbing(gw.Parameters):
    lift_m: float = gw.parameter(
        0.8, min=0, max=5, zh="离地高度（米）", en="Height above ground (m)"
    )


@gw.rule(
    Climbing,
    per="zone",
    zone_required=True,
    labels={"person"},
    needs={"postures"},
    hold="1s",
    clear="15s",
)
def climbing(scene: gw.Scene, params: Climbing) -> gw.Signals:
    """Signal everybody whose feet are in the zone and above the ground."""
    high = [p for p in scene.in_zone() if scene.height_above_ground(p) >= params.lift_m]
    climbers = [person for person in high if scene.may_be_person(person)]
    if climbers:
        highest_m = max(map(scene.height_above_ground, climbers))
        yield scene.signal(*climbers, people=len(climbers), lift_m=highest_m)


# The face of a wall, 1.7 m high, along y = 10, from half a metre up, projected to the ground.
WALL = [(4.8, 11.5), (15.2, 11.5), (16.4, 18.5), (3.6, 18.5)]
AT_THE_WALL = gw.Stays("person", (10, 10))
BEHIND = gw.Stays("person", (8, 15))
PASSERS_BY = [gw.Walks("person", [(0, y), (20, y)] * 2, 1.4) for y in (3, 8, 17)]
HOUSE_FRONT = [(0.42, 0.06), (0.76, 0.06), (0.76, 0.19), (0.42, 0.19)]

scenario = gw.scenario(
    climbing,
    title=gw.Text(zh="翻越围栏", en="Climbing"),
    message=gw.Text(
        zh="{people:.0f} 人翻越围栏，最高离地 {lift_m:.1f} 米",
        en="People climbing: {people:.0f}, up to {lift_m:.1f} m above the ground",
    ),
    duty=gw.DutyClass.SECURITY,
    family=gw.Family.INTRUSION,
    alarm_type=gw.AlarmType.INTRUSION,
    level=gw.Level.MAJOR,
    revision=2,
    cases=[
        gw.Case(
            "a person climbs up",
            [*PASSERS_BY, gw.Climbs(AT_THE_WALL, height_m=1.2, after=gw.seconds(3))],
            opens=1,
            reaches=gw.Level.MAJOR,
            zone=WALL,
        ),
        gw.Case("a person stands at the wall", [AT_THE_WALL], opens=0, zone=WALL),
        gw.Case("a person stands behind the fence", [BEHIND], opens=0, zone=WALL),
        gw.Case(
            "a person walks in front of it",
            [gw.Walks("person", [(2, 9), (18, 9)], 1.4)],
            opens=0,
            zone=WALL,
        ),
        gw.Case(
            "a person walks behind the fence",
            [gw.Walks("person", [(1, 15), (19, 15)], 1.4)],
            opens=0,
            zone=WALL,
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[], zone=HOUSE_FRONT),
        gw.FootageCase("traffic.mp4", expects=[]),
    ],
)
