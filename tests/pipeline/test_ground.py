"""Metres without a survey: how far off are they?"""

import math

import numpy as np
import pytest

from pipeline.geometry import Box, Point
from pipeline.ground import FromPeople
from pipeline.track import Track
from tests.pipeline.making import BEGIN, a_track

ASPECT = 16 / 9
FOCUS = 1.2


def a_person(right_m: float, away_m: float, *, mast_m: float, tall_m: float = 1.7) -> Track:
    """How a camera on a mast sees somebody on flat ground; the horizon is at a third."""
    foot = Point(0.5 + right_m * FOCUS / away_m / ASPECT, 1 / 3 + FOCUS * mast_m / away_m)
    h = FOCUS * tall_m / away_m
    box = Box(foot.x - 0.01, foot.y - h, 0.02, h)
    return Track(subject=1, label="person", box=box, score=0.9, since=BEGIN, still_since=BEGIN)


def distance(ground: FromPeople, a: Track, b: Track) -> float:
    here, there = ground.places([a.box.foot, b.box.foot])
    return math.dist(here, there)


@pytest.fixture
def learnt() -> FromPeople:
    """The ground of a camera 4 m up, after 200 people of different size have passed."""
    chance, ground = np.random.default_rng(7), FromPeople(ASPECT)
    for _ in range(200):
        right, away = chance.uniform(-3, 3), chance.uniform(9, 30)
        ground.push([a_person(right, away, mast_m=4, tall_m=chance.normal(1.68, 0.1))])
    return ground


@pytest.mark.parametrize("away", [10, 15, 20, 25])
def test_sideways_metres_are_good_to_a_tenth(learnt: FromPeople, away: float) -> None:
    one, other = a_person(-1, away, mast_m=4), a_person(1, away, mast_m=4)

    assert distance(learnt, one, other) == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("away", [10, 15, 20])
def test_metres_into_the_depth_are_good_to_a_quarter(learnt: FromPeople, away: float) -> None:
    one, other = a_person(0, away, mast_m=4), a_person(0, away + 4, mast_m=4)

    assert distance(learnt, one, other) == pytest.approx(4, rel=0.25)


def test_one_group_alone_is_measured_by_its_own_height() -> None:
    ground, one, other = (
        FromPeople(ASPECT),
        a_person(0, 20, mast_m=8),
        a_person(1.5, 20, mast_m=8),
    )
    ground.push([one, other])

    assert distance(ground, one, other) == pytest.approx(1.5, rel=0.1)


def test_who_is_cut_off_by_the_frame_teaches_nothing() -> None:
    ground, before = FromPeople(ASPECT), FromPeople(ASPECT)
    ground.push([a_track(y=1.0, h=0.1)] * 100)

    assert (ground.places([Point(0.2, 0.8)]) == before.places([Point(0.2, 0.8)])).all()


def test_a_crouching_minority_does_not_shift_the_metres(learnt: FromPeople) -> None:
    one, other = a_person(-1, 15, mast_m=4), a_person(1, 15, mast_m=4)
    before = distance(learnt, one, other)
    learnt.push([a_person(0, 15, mast_m=4, tall_m=0.9)] * 20)

    assert distance(learnt, one, other) == pytest.approx(before, rel=0.1)


def test_nothing_is_endlessly_far_even_above_the_horizon() -> None:
    assert np.isfinite(FromPeople().places([Point(0.5, 0.0), Point(0.5, 1.0)])).all()


def test_no_feet_no_places() -> None:
    assert FromPeople().places([]).shape == (0, 2)
