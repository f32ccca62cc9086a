"""The error of the ground plane calibrated by heights of people."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from pipeline.geometry.shapes import Box, Point
from pipeline.ground.height_calibration import HeightCalibratedGround
from pipeline.track import Track
from tests.pipeline.builders import a_track

ASPECT = 16 / 9
FOCUS = 1.2


def a_person(
    right_m: float, away_m: float, *, mast_m: float, tall_m: float = 1.7, subject: int = 1
) -> Track:
    """Return a person on flat ground before a camera on a mast; the horizon is at a third."""
    foot = Point(0.5 + right_m * FOCUS / away_m / ASPECT, 1 / 3 + FOCUS * mast_m / away_m)
    h = FOCUS * tall_m / away_m
    box = Box(foot.x - 0.01, foot.y - h, 0.02, h)
    return replace(a_track(subject=subject), box=box)


def distance(ground: HeightCalibratedGround, a: Track, b: Track) -> float:
    here, there = ground.positions_m([a.box.foot, b.box.foot])
    return math.dist(here, there)


@pytest.fixture
def learnt() -> HeightCalibratedGround:
    """The ground of a camera 4 m up, after 200 people of different size have passed."""
    chance, ground = np.random.default_rng(7), HeightCalibratedGround(ASPECT)
    for n in range(200):
        right, away = chance.uniform(-3, 3), chance.uniform(9, 30)
        tall = chance.normal(1.68, 0.1)
        ground.push([a_person(right, away, mast_m=4, tall_m=tall, subject=n + 100)])
    return ground


@pytest.mark.parametrize("away", [10, 15, 20, 25])
def test_lateral_distances_are_good_to_a_tenth(learnt: HeightCalibratedGround, away: float) -> None:
    one, other = a_person(-1, away, mast_m=4), a_person(1, away, mast_m=4)

    assert distance(learnt, one, other) == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("away", [10, 15, 20])
def test_depth_is_good_to_a_quarter_with_the_assumed_lens(
    learnt: HeightCalibratedGround, away: float
) -> None:
    one, other = a_person(0, away, mast_m=4), a_person(0, away + 4, mast_m=4)

    assert distance(learnt, one, other) == pytest.approx(4, rel=0.25)


def test_one_group_alone_is_measured_by_its_own_height() -> None:
    ground, one, other = (
        HeightCalibratedGround(ASPECT),
        a_person(0, 20, mast_m=8),
        a_person(1.5, 20, mast_m=8),
    )
    ground.push([one, other])

    assert distance(ground, one, other) == pytest.approx(1.5, rel=0.1)


def test_people_cut_off_by_the_frame_are_not_sampled() -> None:
    ground, before = HeightCalibratedGround(ASPECT), HeightCalibratedGround(ASPECT)
    ground.push([a_track(y=1.0, h=0.1)] * 100)

    assert (ground.positions_m([Point(0.2, 0.8)]) == before.positions_m([Point(0.2, 0.8)])).all()


def test_a_crouching_minority_does_not_change_the_calibration(
    learnt: HeightCalibratedGround,
) -> None:
    one, other = a_person(-1, 15, mast_m=4), a_person(1, 15, mast_m=4)
    before = distance(learnt, one, other)
    learnt.push([a_person(0, 15, mast_m=4, tall_m=0.9)] * 20)

    assert distance(learnt, one, other) == pytest.approx(before, rel=0.1)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_children_seated_and_half_hidden_people_do_not_change_the_calibration(share: float) -> None:
    chance, ground = np.random.default_rng(5), HeightCalibratedGround(ASPECT)
    for n in range(150):
        tall = chance.uniform(0.8, 1.25) if chance.random() < share else chance.normal(1.7, 0.08)
        right, away = chance.uniform(-3, 3), chance.uniform(9, 30)
        ground.push([a_person(right, away, mast_m=4, tall_m=tall, subject=n)])

    for away in (10, 15, 20):
        one, other = a_person(-1, away, mast_m=4), a_person(1, away, mast_m=4)
        assert distance(ground, one, other) == pytest.approx(2, rel=0.1)


def test_a_person_who_sits_for_an_hour_counts_once(
    learnt: HeightCalibratedGround,
) -> None:
    before = learnt.camera_height_m
    for _ in range(3000):
        learnt.push([a_person(0, 15, mast_m=4, tall_m=1.45, subject=77)])

    assert learnt.camera_height_m == pytest.approx(before, rel=0.02)


def test_dogs_and_coasting_tracks_are_not_sampled() -> None:
    ground, fresh = HeightCalibratedGround(ASPECT), HeightCalibratedGround(ASPECT)
    person = a_person(0, 15, mast_m=8)
    ground.push([replace(person, label="dog"), replace(person, is_coasting=True)] * 50)

    assert ground.camera_height_m == fresh.camera_height_m


def test_uncertainty_falls_with_the_number_of_people_who_passed(
    learnt: HeightCalibratedGround,
) -> None:
    place = Point(0.5, 0.7)
    untrained, few = HeightCalibratedGround(ASPECT), HeightCalibratedGround(ASPECT)
    few.push([a_person(0, away, mast_m=4, subject=away) for away in (10, 20)])

    across = [ground.uncertainty(place).lateral for ground in (untrained, few, learnt)]

    assert across == sorted(across, reverse=True)
    assert across[-1] < 0.15
    assert learnt.uncertainty(place).depth > 0.5, "the lens is unknown"


def test_errors_stay_within_the_stated_uncertainty_as_often_as_stated() -> None:
    chance, kept = np.random.default_rng(8), []
    for _ in range(60):
        mast, stature = chance.uniform(3, 8), 1.7 * chance.normal(1, 0.04)
        ground = HeightCalibratedGround(ASPECT)
        for n in range(40):
            away, tall = chance.uniform(4 * mast / 2, 30), chance.normal(stature, 0.09)
            right = chance.uniform(-2, 2)
            ground.push([a_person(right, away, mast_m=mast, tall_m=tall, subject=n)])
        one, other = a_person(-1, 18, mast_m=mast), a_person(1, 18, mast_m=mast)
        off = abs(distance(ground, one, other) / 2 - 1)
        kept.append(off <= ground.uncertainty(one.box.foot).lateral)

    assert np.mean(kept) >= 0.88


def test_positions_are_finite_even_above_the_horizon() -> None:
    assert np.isfinite(
        HeightCalibratedGround().positions_m([Point(0.5, 0.0), Point(0.5, 1.0)])
    ).all()


def test_no_feet_give_no_positions() -> None:
    assert HeightCalibratedGround().positions_m([]).shape == (0, 2)
