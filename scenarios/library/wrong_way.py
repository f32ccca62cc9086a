"""A vehicle drives against the traffic.

Draw the line across the lane so that the permitted direction crosses it inward: seen from the start
of the line towards its end, traffic goes from left to right.
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
    """Signal all vehicles that have crossed the line outward."""
    vehicles = scene.crossed(gw.Direction.OUTWARD)
    if len(vehicles) >= params.vehicles:
        yield scene.signal(*vehicles, vehicles=len(vehicles))


ACROSS = [(10, 16), (10, 4)]  # from far to near, so inward is to the left in the frame
RIGHT_WAY_CAR = gw.Walks("car", [(18, 10), (2, 10)], 5.0)
WRONG_WAY_CAR = gw.Walks("car", [(2, 10), (18, 10)], 5.0)
NEAR_LANES = [(0.5, 0.95), (0.5, 0.45)]
TOWARDS_CAMERA = [(0.15, 0.75), (0.32, 0.75)]
AWAY_FROM_CAMERA = [(0.72, 0.80), (0.37, 0.80)]
LEFT_CARRIAGEWAY = [(0.1, 0.6), (0.45, 0.6)]
RIGHT_CARRIAGEWAY = [(0.7, 0.62), (0.98, 0.62)]
RIGHT_HALF = [(0.5, 0.95), (0.98, 0.95)]

scenario = gw.scenario(
    wrong_way,
    title=gw.Text(zh="逆行", en="Wrong way"),
    message=gw.Text(
        zh="{vehicles:.0f} 辆车逆行", en="Vehicles driving against the traffic: {vehicles:.0f}"
    ),
    duty=gw.DutyClass.TRAFFIC,
    family=gw.Family.WRONG_WAY,
    life_and_limb=True,
    alarm_type=gw.AlarmType.WRONG_WAY,
    level=gw.Level.MAJOR,
    cases=[
        gw.Case(
            "a car drives the wrong way",
            [WRONG_WAY_CAR],
            opens=1,
            zone=ACROSS,
            reaches=gw.Level.MAJOR,
        ),
        gw.Case("a car drives the right way", [RIGHT_WAY_CAR], opens=0, zone=ACROSS),
        gw.Case(
            "one of several cars drives the wrong way",
            [
                RIGHT_WAY_CAR,
                gw.Joins(RIGHT_WAY_CAR, after=gw.seconds(4)),
                gw.Walks("car", [(2, 6), (18, 6)], 5.0),
            ],
            opens=1,
            zone=ACROSS,
        ),
        gw.Case(
            "a person walks the wrong way",
            [gw.Walks("person", [(2, 10), (18, 10)], 1.4)],
            opens=0,
            zone=ACROSS,
        ),
        gw.Case("a car is parked on the line", [gw.Stays("car", (10, 10))], opens=0, zone=ACROSS),
    ],
    footage=[
        gw.FootageCase("traffic.mp4", expects=[], zone=NEAR_LANES),
        gw.FootageCase("traffic.mp4", expects=[(1.5, 19.8)], zone=NEAR_LANES[::-1]),
        # A lorry and its cab are detected apart; a track that jumps between them seems to reverse.
        gw.FootageCase("a-salitona", expects=[], zone=TOWARDS_CAMERA),
        gw.FootageCase("a-salitona", expects=[], zone=AWAY_FROM_CAMERA),
        gw.FootageCase("a-salitona", expects=[(10.2, 14.8)], zone=AWAY_FROM_CAMERA[::-1]),
        gw.FootageCase("a-camera1", expects=[], zone=LEFT_CARRIAGEWAY),
        gw.FootageCase("a-camera1", expects=[(3.6, 14.8)], zone=LEFT_CARRIAGEWAY[::-1]),
        gw.FootageCase("a-svincolo", expects=[], zone=RIGHT_CARRIAGEWAY),
        gw.FootageCase("a-svincolo", expects=[(4.6, 14.8)], zone=RIGHT_CARRIAGEWAY[::-1]),
        gw.FootageCase("two-way-road", expects=[], zone=RIGHT_HALF),
        gw.FootageCase("two-way-road", expects=[(1.8, 10.8)], zone=RIGHT_HALF[::-1]),
    ],
)
