from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.geometry.shapes import Box, Point
from pipeline.pixels.masks import Plane
from pipeline.pixels.pixel_events import StaticChange, StaticObject
from pipeline.pixels.static_objects import StaticObjectDetector
from scenarios.testing.image_edits import CameraShift, Edit, LightChange, PlacedObject
from tests.pipeline.pixels.image_sequences import BEGIN, FREE, greys, nobody, seconds

PLACE = Box(0.5, 0.5, 0.06, 0.1)
BAG = PlacedObject(box=PLACE, after=seconds(35))


def seen(
    edits: Sequence[Edit], *, lasts: float, busy: Plane = FREE
) -> list[tuple[StaticObject, ...]]:
    """What a watch says of each frame."""
    watch = StaticObjectDetector()
    return [watch.push(at, picture, lambda: busy) for at, picture in greys(edits, lasts=lasts)]


def test_a_bag_that_is_laid_down_has_appeared() -> None:
    [bag] = seen([BAG], lasts=45)[-1]

    assert bag.change is StaticChange.APPEARED
    assert bag.since - BEGIN == pytest.approx(seconds(35), abs=seconds(1))
    assert bag.box.centre == pytest.approx(PLACE.centre, abs=0.02)
    assert bag.score > 0.5


def test_a_bag_that_was_always_there_and_is_taken_has_vanished() -> None:
    [bag] = seen([PlacedObject(box=PLACE, until=seconds(35))], lasts=45)[-1]

    assert bag.change is StaticChange.VANISHED
    assert bag.box.centre == pytest.approx(PLACE.centre, abs=0.02)


def test_an_empty_scene_has_no_static_object() -> None:
    assert not any(seen([], lasts=60))


def test_a_removed_bag_is_gone_within_ten_seconds() -> None:
    shown = seen([PlacedObject(box=PLACE, after=seconds(35), until=seconds(70))], lasts=80)

    assert [len(now) for now in shown[69 * 5 :: 5 * 10]] == [1, 0]


def test_a_static_object_keeps_its_number_and_time() -> None:
    said = {(still.subject, still.since) for now in seen([BAG], lasts=90) for still in now}

    assert len(said) == 1


def test_two_static_objects_have_two_numbers() -> None:
    other = PlacedObject(box=Box(0.2, 0.6, 0.06, 0.1), after=seconds(38))

    assert [still.subject for still in seen([BAG, other], lasts=50)[-1]] == [1, 2]


def test_a_standing_person_is_no_static_object() -> None:
    busy = FREE.copy()
    busy[85:115, 150:190] = 255

    assert not any(seen([BAG], lasts=60, busy=busy))


def test_a_passer_by_does_not_reset_the_age() -> None:
    watch, busy = StaticObjectDetector(), np.full_like(FREE, 255)
    for at, picture in greys([BAG], lasts=50):
        before = watch.push(at, picture, nobody)
    for at, picture in greys([BAG], lasts=80, since=50):
        after = watch.push(at, picture, lambda: busy)

    assert before == after != ()


@pytest.mark.parametrize("gain", [0.4, 0.7, 1.2, 1.5])
def test_a_lamp_makes_nothing_appear(gain: float) -> None:
    assert not any(seen([LightChange(gain=gain, after=seconds(40))], lasts=70))


@pytest.mark.parametrize("gain", [0.5, 1.4])
def test_a_lamp_makes_nothing_disappear(gain: float) -> None:
    shown = seen([BAG, LightChange(gain=gain, after=seconds(50))], lasts=75)

    assert [still.subject for still in shown[-1]] == [1]


def test_a_shadow_is_no_static_object() -> None:
    shadow = LightChange(gain=0.6, area=Box(0.3, 0.5, 0.1, 0.2), after=seconds(40))

    assert not any(seen([shadow], lasts=60))


def test_a_new_view_is_learned_again() -> None:
    turned = CameraShift(by=Point(0.2, 0.1), after=seconds(50))
    shown = seen([BAG, turned], lasts=95)

    assert [len(now) for now in (shown[49 * 5], shown[60 * 5], shown[-1])] == [1, 0, 0]


def test_background_hidden_by_a_mover_is_learned_later() -> None:
    watch, busy = StaticObjectDetector(), FREE.copy()
    busy[60:120, 100:160] = 255
    thing = PlacedObject(box=Box(0.35, 0.4, 0.1, 0.2), until=seconds(32))
    for at, picture in greys([thing], lasts=32):
        watch.push(at, picture, lambda: busy)
    after = [watch.push(at, picture, nobody) for at, picture in greys([thing], lasts=60, since=32)]

    assert not any(after)


def test_an_object_becomes_background_after_an_hour() -> None:
    watch = StaticObjectDetector(absorb=seconds(30))
    shown = [watch.push(at, picture, nobody) for at, picture in greys([BAG], lasts=90)]

    assert [len(now) for now in (shown[60 * 5], shown[80 * 5], shown[-1])] == [1, 0, 0]


def test_a_stream_gap_changes_nothing() -> None:
    watch = StaticObjectDetector()
    before = [watch.push(at, picture, nobody) for at, picture in greys([BAG], lasts=50)][-1]
    after = [watch.push(at, pic, nobody) for at, pic in greys([BAG], lasts=203, since=200)][-1]

    assert before == after != ()


def test_mirrored_images_give_mirrored_objects() -> None:
    watch, mirrored = StaticObjectDetector(), StaticObjectDetector()
    for at, picture in greys([BAG], lasts=45):
        [*here] = watch.push(at, picture, nobody)
        [*there] = mirrored.push(at, np.ascontiguousarray(picture[:, ::-1]), nobody)

    assert [still.box.centre.x for still in here] == pytest.approx(
        [1 - still.box.centre.x for still in there], abs=0.01
    )
    assert (
        [still.change for still in here]
        == [still.change for still in there]
        == [StaticChange.APPEARED]
    )


def test_images_of_another_hour_give_the_same_objects() -> None:
    watch, later = StaticObjectDetector(), StaticObjectDetector()
    for at, picture in greys([BAG], lasts=45):
        here = watch.push(at, picture, nobody)
        there = later.push(at + seconds(3600), picture, nobody)

    assert [(s.box, s.since + seconds(3600)) for s in here] == [(s.box, s.since) for s in there]
