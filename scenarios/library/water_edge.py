"""A person is in the water or too close to it.

The zone is the water and its edge.
"""

from scenarios import authoring as gw

CRITICAL_AFTER = gw.seconds(60)  # a person who stays this long bathes, fishes or cannot get out


class WaterEdge(gw.Parameters):
    people: int = gw.parameter(1, min=1, max=50, zh="人数", en="People", is_min_count=True)


@gw.rule(WaterEdge, per="zone", zone_required=True, labels={"person"}, hold="5s", clear="20s")
def water_edge(scene: gw.Scene, params: WaterEdge) -> gw.Signals:
    """Signal everybody in the zone."""
    people = scene.in_zone()
    if len(people) >= params.people:
        longest = max(map(scene.dwell, people))
        level = gw.Level.CRITICAL if longest >= CRITICAL_AFTER else gw.Level.MAJOR
        dwell_s = longest.total_seconds()
        yield scene.signal(*people, level=level, people=len(people), dwell_s=dwell_s)


BANK = [(0, 10), (20, 10), (20, 14), (0, 14)]
ANGLER = gw.Stays("person", (10, 12))
LAWN = [(0, 0.2), (0.3, 0.13), (0.45, 0.2), (0.15, 0.27)]  # nobody walks there
POOL = [(0.3, 0.45), (0.75, 0.45), (0.75, 0.8), (0.3, 0.8)]
FAR_LAWN = [(0.5, 0.3), (1, 0.6), (1, 1), (0.5, 1)]
AT_ONCE = {"hold": 1}  # of clips that last two seconds

scenario = gw.scenario(
    water_edge,
    title=gw.Text(zh="涉水临边", en="At the water's edge"),
    message=gw.Text(
        zh="{people:.0f} 人涉水临边，最久 {dwell_s:.0f} 秒",
        en="People at the water: {people:.0f}, the longest for {dwell_s:.0f} s",
    ),
    duty=gw.DutyClass.WATER,
    family=gw.Family.WATER,
    life_and_limb=True,
    alarm_type=gw.AlarmType.INTRUSION,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "a person stands on the bank", [ANGLER], opens=1, zone=BANK, reaches=gw.Level.MAJOR
        ),
        gw.Case(
            "a person stays for over a minute",
            [ANGLER],
            opens=1,
            zone=BANK,
            reaches=gw.Level.CRITICAL,
            duration=gw.seconds(80),
        ),
        gw.Case(
            "three people are one alert", gw.standing(3, "person", at=(10, 11)), opens=1, zone=BANK
        ),
        gw.Case(
            "a person walks on the path",
            [gw.Walks("person", [(0, 7), (20, 7)], 1.4)],
            opens=0,
            zone=BANK,
        ),
        gw.Case(
            "a person takes a few steps over and back",
            [gw.Walks("person", [(8, 8), (9, 11), (10, 8)], 1.4)],
            opens=0,
            zone=BANK,
        ),
        gw.Case("a dog stands on the bank", [gw.Stays("dog", (10, 12))], opens=0, zone=BANK),
    ],
    footage=[
        gw.FootageCase(
            "nofi128", expects=[(1.2, 1.8)], tolerance_s=0.5, zone=POOL, parameters=AT_ONCE
        ),
        gw.FootageCase("nofi119", expects=[], zone=FAR_LAWN, parameters=AT_ONCE),
        gw.FootageCase("vtest.avi", expects=[], zone=LAWN),
        gw.FootageCase("traffic.mp4", expects=[]),
    ],
)
