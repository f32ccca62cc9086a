"""A vehicle goes against the traffic.

Draw the line across the lane so that whoever drives as he should crosses it inward: who looks
from its start to its end sees the traffic come from the left and go to the right.
"""

from scenarios import authoring as gw


class WrongWay(gw.Parameters):
    vehicles: int = gw.parameter(1, min=1, max=20, zh="车辆数", en="Vehicles")


@gw.rule(
    WrongWay,
    per="zone",
    zone="line",
    labels={"car", "van", "truck", "bus", "motorcycle"},
    hold="0s",
    clear="15s",
)
def wrong_way(scene: gw.Scene, params: WrongWay) -> gw.Signals:
    """Point at all that have crossed outward."""
    against = scene.crossed(gw.Direction.OUTWARD)
    if len(against) >= params.vehicles:
        yield scene.signal(*against, vehicles=len(against))


ACROSS = [(10, 16), (10, 4)]  # from far to near: right is to the left of the picture
RIGHT = gw.Walks("car", [(18, 10), (2, 10)], 5.0)
WRONG = gw.Walks("car", [(2, 10), (18, 10)], 5.0)
NEAR_LANES = [(0.5, 0.95), (0.5, 0.45)]

scenario = gw.scenario(
    wrong_way,
    title=gw.Text(zh="逆行", en="Wrong way"),
    message=gw.Text(zh="{vehicles:.0f} 辆车逆行", en="{vehicles:.0f} against the traffic"),
    duty=gw.DutyClass.TRAFFIC,
    alarm_type=gw.AlarmType.WRONG_WAY,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case("a car the wrong way", [WRONG], opens=1, zone=ACROSS, reaches=gw.Level.MAJOR),
        gw.Case("a car the right way", [RIGHT], opens=0, zone=ACROSS),
        gw.Case(
            "one of many",
            [RIGHT, gw.Joins(RIGHT, after=gw.seconds(4)), gw.Walks("car", [(2, 6), (18, 6)], 5.0)],
            opens=1,
            zone=ACROSS,
        ),
        gw.Case(
            "who walks is no vehicle",
            [gw.Walks("person", [(2, 10), (18, 10)], 1.4)],
            opens=0,
            zone=ACROSS,
        ),
        gw.Case("who parks on the line", [gw.Stays("car", (10, 10))], opens=0, zone=ACROSS),
    ],
    footage=[
        gw.FootageCase("traffic.mp4", expects=[], zone=NEAR_LANES),
        gw.FootageCase("traffic.mp4", expects=[(1.5, 19.8)], zone=NEAR_LANES[::-1]),
    ],
)
