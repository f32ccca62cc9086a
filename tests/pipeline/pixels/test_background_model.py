from datetime import timedelta

import numpy as np

from pipeline.geometry.shapes import Point, Zone
from pipeline.pixels.background_model import BackgroundModel
from pipeline.pixels.learning import known_share_in
from pipeline.pixels.masks import Plane
from pipeline.pixels.static_objects import StaticObjectDetector
from scenarios.testing.image_edits import PlacedObject
from tests.pipeline.pixels.image_sequences import greys, nobody, seconds
from tests.pipeline.pixels.test_static_objects import PLACE, seen

STEP = timedelta(seconds=0.5)
ALL: Plane = np.full((180, 320), 255, np.uint8)
LEFT_HALF = Zone("left", (Point(0, 0), Point(0.5, 0), Point(0.5, 1), Point(0, 1)))


def test_a_quiet_place_is_known_after_three_seconds_and_a_moving_one_is_not() -> None:
    background, generator = BackgroundModel((180, 320)), np.random.default_rng(1)
    for _ in range(8):
        grey = np.full((180, 320), 90, np.uint8)
        grey[:, 160:] = generator.integers(0, 255, (180, 160), np.uint8)
        background.learn(grey, ALL, STEP)

    assert known_share_in(LEFT_HALF, background.known) > 0.98
    assert known_share_in(Zone.full_frame(), background.known) < 0.6


def test_a_place_that_never_rests_is_known_in_the_end() -> None:
    background, generator = BackgroundModel((180, 320)), np.random.default_rng(1)
    for _ in range(52):
        background.learn(generator.integers(0, 255, (180, 320), np.uint8), ALL, STEP)

    assert background.known.all()


def test_a_place_behind_a_mover_is_not_known() -> None:
    background = BackgroundModel((180, 320))
    for _ in range(60):
        background.learn(np.full((180, 320), 90, np.uint8), np.zeros_like(ALL), STEP)

    assert not background.known.any()


def test_a_bag_is_reported_ten_seconds_after_the_start() -> None:
    [bag] = seen([PlacedObject(box=PLACE, after=seconds(6))], lasts=11)[-1]

    assert bag.subject == 1


def test_somebody_who_stood_there_for_ten_seconds_has_not_vanished() -> None:
    assert not any(seen([PlacedObject(box=PLACE, until=seconds(10))], lasts=40))


def test_a_restored_background_shows_what_has_come_since() -> None:
    before, after = StaticObjectDetector(), StaticObjectDetector()
    for at, grey in greys([], lasts=10):
        before.push(at, grey, nobody)
    after.background.restore(before.background.pixels, before.background.confirmed)
    for at, grey in greys([PlacedObject(box=PLACE)], lasts=18, since=12):
        objects = after.push(at, grey, nobody)

    assert len(objects) == 1
