"""Metres on a real camera whose calibration is published: PETS 2009, View_001, 768x576.

Feet are those that a detector found on the clip (MOT15, ``PETS09-S2L1.det.txt``); the places of
the marks come from the published calibration, whose camera hangs 7.07 m up.
"""

import math
from collections.abc import Iterator

import numpy as np
import pytest

from models.catalogue.search_paths import SearchPaths
from pipeline.detection import Detections
from pipeline.geometry.shapes import Point
from pipeline.ground.height_calibration import HeightCalibratedGround
from pipeline.ground.marked_ground import MarkedGround
from pipeline.track import Track
from pipeline.tracking.relinking import TrackRelinker
from pipeline.tracking.tracker import Tracker, TrackerConfig
from scenarios.library.crowd_gathering import SQUARE
from tests.pipeline.builders import after
from tests.requirements import require

WIDTH, HEIGHT = 768, 576
ASPECT = WIDTH / HEIGHT
CHECKED = {
    Point(384 / WIDTH, 300 / HEIGHT): (-10.02, -7.40),
    Point(100 / WIDTH, 500 / HEIGHT): (-19.17, -8.64),
    Point(600 / WIDTH, 500 / HEIGHT): (-16.00, -14.40),
}


def frames() -> Iterator[list[Track]]:
    """The confirmed people of every second picture: five a second."""
    file = next(SearchPaths.from_environment("labels").find("mot15/PETS09-S2L1.det.txt"), None)
    require(file is not None, "the detections of PETS09-S2L1 (labels/mot15)")
    rows = np.loadtxt(str(file), delimiter=",")
    tracker, subjects = Tracker(TrackerConfig()), TrackRelinker()
    for number in range(1, 796, 2):
        of_frame = rows[rows[:, 0] == number]
        boxes = of_frame[:, 2:6] / (WIDTH, HEIGHT, WIDTH, HEIGHT)
        inside = (boxes[:, :2].min(axis=1) >= 0) & ((boxes[:, :2] + boxes[:, 2:]).max(axis=1) <= 1)
        n = int(inside.sum())
        found = Detections(
            boxes[inside].astype(np.float32), np.full(n, 0.9, np.float32), ("person",) * n
        )
        at = after(number / 10)
        tracks, _ = subjects.push(at, tracker.push(at, found))
        yield list(tracks)


@pytest.fixture(scope="module")
def walked() -> list[list[Track]]:
    return list(frames())


def test_four_marks_project_other_points_to_their_surveyed_positions() -> None:
    ground = MarkedGround(SQUARE, ASPECT)

    for at, true in CHECKED.items():
        [place] = ground.positions_m([at])
        assert math.dist(place, true) <= (ground.uncertainty(at).position_m or 0) <= 0.3


def test_people_walk_at_walking_speed_on_marked_ground(walked: list[list[Track]]) -> None:
    ground, feet = MarkedGround(SQUARE, ASPECT), dict[int, list[Point]]()
    for tracks in walked:
        for track in tracks:
            feet.setdefault(track.subject, []).append(track.box.foot)

    two_seconds = [(path[i], path[i + 10]) for path in feet.values() for i in range(len(path) - 10)]
    places = [ground.positions_m(pair) for pair in two_seconds]
    speeds = [math.dist(*pair) / 2 for pair in places]

    assert 1.2 <= np.median([speed for speed in speeds if speed > 0.4]) <= 1.6


def test_without_marks_heights_give_camera_height_and_scale(
    walked: list[list[Track]],
) -> None:
    learnt, marked = HeightCalibratedGround(ASPECT), MarkedGround(SQUARE, ASPECT)
    for tracks in walked:
        learnt.push(tracks)
        marked.push(tracks)

    assert learnt.camera_height_m == pytest.approx(7.07, rel=0.15)
    assert marked.camera_height_m == pytest.approx(7.07, rel=0.15)
    for at in CHECKED:
        doubt = learnt.uncertainty(at)
        across, away = Point(at.x + 0.01, at.y), Point(at.x, at.y - 0.01)
        by_people, true = (ground.positions_m([at, across, away]) for ground in (learnt, marked))
        wide = math.dist(*by_people[:2]) / math.dist(*true[:2])
        deep = math.dist(*by_people[::2]) / math.dist(*true[::2])
        assert abs(wide - 1) <= doubt.lateral <= 0.15
        assert abs(deep - 1) <= doubt.depth
