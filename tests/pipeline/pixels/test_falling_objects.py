import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.geometry.shapes import Point
from pipeline.pixels.falling_objects import (
    FallingObjectDetector,
    PathPoint,
    drop_of,
    fit_parabola,
    is_approaching,
    is_fall,
)
from pipeline.pixels.pixel_events import FallingObject
from scenarios.testing.image_edits import Edit, LightChange, ThrownObject
from tests.pipeline.pixels.image_sequences import greys, nobody, seconds


def seen(*edits: Edit, lasts: float = 8) -> list[FallingObject]:
    watch = FallingObjectDetector()
    return [toss for at, grey in greys(edits, lasts=lasts) for toss in watch.push(at, grey, nobody)]


def test_a_box_from_a_window_is_one_falling_object() -> None:
    tosses = seen(ThrownObject(start=Point(0.4, 0.1), after=seconds(2)))

    assert {toss.subject for toss in tosses} == {1}
    assert tosses[-1].drop == pytest.approx(0.85, abs=0.15)
    assert tosses[-1].box.x == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize("pull", [0.3, 0.6, 1.0])
def test_near_and_far_falls_are_found(pull: float) -> None:
    assert seen(ThrownObject(start=Point(0.6, 0.05), gravity=pull, after=seconds(2)))


def test_two_boxes_are_two_falling_objects() -> None:
    tosses = seen(
        ThrownObject(start=Point(0.3, 0.1), after=seconds(2)),
        ThrownObject(start=Point(0.8, 0.05), speed=Point(-0.1, 0), after=seconds(2.6)),
    )

    assert {toss.subject for toss in tosses} == {1, 2}


def test_constant_speed_is_no_fall() -> None:
    """A bird, a leaf, a lift."""
    assert not seen(ThrownObject(start=Point(0.4, 0.1), speed=Point(0.02, 0.3), gravity=0.0))


def test_a_horizontal_flight_is_no_fall() -> None:
    assert not seen(ThrownObject(start=Point(0.0, 0.3), speed=Point(0.4, 0.02), gravity=0.0))


def test_a_rising_object_does_not_fall() -> None:
    assert not seen(ThrownObject(start=Point(0.5, 0.9), speed=Point(0.0, -0.4), gravity=0.0))


def test_a_lamp_is_no_falling_object() -> None:
    assert not seen(
        LightChange(gain=1.5, after=seconds(3)), LightChange(gain=0.7, after=seconds(5))
    )


@settings(max_examples=30, deadline=None)
@given(
    pull=st.floats(0.2, 2.0),
    drift=st.floats(-0.1, 0.1),
    begin=st.floats(0.0, 0.2),
    fps=st.sampled_from([5, 8, 10]),
)
def test_a_parabola_is_a_fall_whatever_its_size(
    pull: float, drift: float, begin: float, fps: int
) -> None:
    t = np.arange(0, 8, 1 / fps)
    y = begin + pull * t * t / 2
    way = tuple(
        PathPoint(float(a), 0.5 + drift * float(a), float(b), 9)
        for a, b in zip(t, y, strict=True)
        if b < 1
    )

    assert fit_parabola(way).acceleration == pytest.approx(pull, rel=1e-6)
    assert is_fall(way, min_drop=0.2) == (len(way) >= 5)


def test_a_car_that_approaches_speeds_up_and_grows_and_is_no_fall() -> None:
    """At constant speed the row of its wheels and its size go with one over the distance."""
    path = tuple(
        PathPoint(t=t, x=0.8, y=0.4 + 6.0 / distance_m, area=round((180 * 1.5 / distance_m) ** 2))
        for t in np.arange(0, 2, 0.2).tolist()
        for distance_m in [60 - 25 * t]
    )

    assert drop_of(path) > 0.2
    assert is_approaching(path)
    assert not is_fall(path, min_drop=0.2)


def test_a_falling_object_may_draw_a_longer_streak_the_faster_it_is() -> None:
    path = tuple(
        PathPoint(t=t, x=0.4, y=0.1 + 0.25 * t * t, area=round(3 * (3 + 0.5 * t * 7.2)))
        for t in np.arange(0, 1.6, 0.2).tolist()
    )

    assert is_fall(path, min_drop=0.25)
