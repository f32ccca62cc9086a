"""A vehicle goes against the traffic.

Draw the line across the lane so that whoever drives as he should crosses it inward: who looks
from its start to its end sees the traffic come from the left and go to the right.
"""

from scenarios.authoring import (
    AlarmType,
    Annotated,
    Case,
    Direction,
    DutyClass,
    FootageCase,
    Iterator,
    Joins,
    Level,
    Parameters,
    Scene,
    Signal,
    Stays,
    Text,
    Walks,
    scenario,
    seconds,
    tunable,
)

ACROSS = [(10, 16), (10, 4)]  # from far to near: right is to the left of the picture
RIGHT = Walks("car", [(18, 10), (2, 10)], 5.0)
WRONG = Walks("car", [(2, 10), (18, 10)], 5.0)
NEAR_LANES = [(0.5, 0.95), (0.5, 0.45)]


class WrongWay(Parameters, frozen=True):
    """What a site may set."""

    vehicles: Annotated[int, tunable(1, 20, zh="车辆数", en="Vehicles")] = 1


@scenario(
    WrongWay,
    title=Text(zh="逆行", en="Wrong way"),
    because=Text(zh="{vehicles:.0f} 辆车逆行", en="{vehicles:.0f} against the traffic"),
    duty=DutyClass.TRAFFIC,
    alarm_type=AlarmType.WRONG_WAY,
    zone_kind="line",
    per="zone",
    level=Level.MAJOR,
    watches={"car", "van", "truck", "bus", "motorcycle"},
    hold=seconds(0),
    clear=seconds(15),
    cases=(
        Case("a car the wrong way", [WRONG], opens=1, zone=ACROSS, reaches=Level.MAJOR),
        Case("a car the right way", [RIGHT], opens=0, zone=ACROSS),
        Case(
            "one of many",
            [RIGHT, Joins(RIGHT, after=seconds(4)), Walks("car", [(2, 6), (18, 6)], 5.0)],
            opens=1,
            zone=ACROSS,
        ),
        Case(
            "who walks is no vehicle",
            [Walks("person", [(2, 10), (18, 10)], 1.4)],
            opens=0,
            zone=ACROSS,
        ),
        Case("who parks on the line", [Stays("car", (10, 10))], opens=0, zone=ACROSS),
    ),
    footage=(
        FootageCase("traffic.mp4", expects=[], zone=NEAR_LANES),
        FootageCase("traffic.mp4", expects=[(1.5, 19.8)], zone=NEAR_LANES[::-1]),
    ),
)
def rule(scene: Scene, wrong: WrongWay) -> Iterator[Signal]:
    """Point at all that have crossed outward."""
    against = scene.crossed(Direction.OUTWARD)
    if len(against) >= wrong.vehicles:
        yield scene.signal(*against, vehicles=len(against))
