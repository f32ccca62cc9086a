"""Over capacity at a place with two doors."""

from datetime import timedelta

from pipeline.alert import Alert, Change
from pipeline.camera import CameraPipeline
from pipeline.frame import Frame
from pipeline.geometry.shapes import Line
from pipeline.testing import GreyPicture, ScriptedDetector
from scenarios import catalogue
from scenarios.testing import stage
from scenarios.testing.actors import Actor, Joins, Walks

# Seen from start to end, the inside (towards the camera) is on the right.
DOORS = [
    Line("west", stage.frame_point((1, 10)), stage.frame_point((8, 10))),
    Line("east", stage.frame_point((12, 10)), stage.frame_point((19, 10))),
]


def enter(*, through_x: float, after_s: float) -> Actor:
    path = [(through_x, 14), (through_x, 6)]
    return Joins(Walks("person", path, 1.3), after=timedelta(seconds=after_s))


def opened_alerts(actors: list[Actor], *, people: int) -> list[Alert]:
    scenario = catalogue.load()["over_capacity"]
    pipeline = CameraPipeline(
        origin="stage/stage/stage",
        camera="stage",
        detector=ScriptedDetector(
            lambda at: stage.detections_at(actors, at - stage.START), frozenset({"person"})
        ),
        scenarios=[scenario.bind(DOORS, {"people": people, "hold": 2})],
    )
    alerts: list[Alert] = []
    for number in range(30 * 5):
        at = stage.START + timedelta(seconds=number / 5)
        alerts += pipeline.push(Frame(camera="stage", at=at, picture=GreyPicture(stage.SIZE)))
    return [alert for alert in alerts if alert.change is Change.OPENED]


FOUR_PEOPLE = [
    enter(through_x=4, after_s=0),
    enter(through_x=15, after_s=1),
    enter(through_x=6, after_s=5),
    enter(through_x=17, after_s=6),
]


def test_both_doors_count_together_and_are_one_alert() -> None:
    [alert] = opened_alerts(FOUR_PEOPLE, people=3)

    assert (alert.zone, alert.measures["people"]) == ("west", 4)


def test_as_many_people_as_allowed_are_no_alert() -> None:
    assert opened_alerts(FOUR_PEOPLE, people=4) == []
