"""The ground plane by marked points: its error, its stated uncertainty, and refused marks."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import GroundError
from pipeline.geometry.shapes import Point
from pipeline.ground.marked_ground import MARK_STD, Mark, MarkedGround
from tests.pipeline.synthetic_cameras import ASPECT, MARKED_AT, Camera, Numbers

CAMERA = Camera()
SQUARE = CAMERA.ground(MARKED_AT)
PLACE = Point(0.5, 0.7)


def marks(frame: Numbers = MARKED_AT[:4], ground: Numbers = SQUARE[:4]) -> list[Mark]:
    pairs = zip(frame.tolist(), ground.tolist(), strict=True)
    return [Mark(Point(*at), (x, y)) for at, (x, y) in pairs]


def shaken(chance: np.random.Generator, n: int) -> Numbers:
    """Return marks with the stated placement error."""
    return MARKED_AT[:n] + chance.normal(0, MARK_STD, (n, 2)) * (1 / ASPECT, 1)


@given(
    tilt=st.floats(0.15, 0.8),
    mast_m=st.floats(2.5, 15),
    focus=st.floats(0.7, 3),
    roll=st.floats(-0.1, 0.1),
)
def test_exact_marks_give_exact_metres(
    tilt: float, mast_m: float, focus: float, roll: float
) -> None:
    camera = Camera(tilt=tilt, mast_m=mast_m, focus=focus, roll=roll)
    ground = MarkedGround(marks(ground=camera.ground(MARKED_AT[:4])), ASPECT)

    here, there = ground.positions_m([Point(0.3, 0.8), Point(0.6, 0.65)])

    exact = camera.ground(np.array([(0.3, 0.8), (0.6, 0.65)]))
    assert math.dist(here, there) == pytest.approx(math.dist(*exact), rel=1e-6)


@pytest.mark.parametrize("n", [4, 6])
def test_errors_stay_within_the_stated_uncertainty_as_often_as_stated(n: int) -> None:
    chance, [true] = np.random.default_rng(11), CAMERA.ground(np.array([PLACE]))
    tries = [MarkedGround(marks(shaken(chance, n), SQUARE[:n]), ASPECT) for _ in range(100)]

    def lies_within(ground: MarkedGround) -> bool:
        [place] = ground.positions_m([PLACE])
        return math.dist(place, true) <= (ground.uncertainty(PLACE).position_m or 0)

    assert np.mean([lies_within(ground) for ground in tries]) >= 0.92


@pytest.mark.parametrize("n", [4, 6])
def test_errors_of_short_distances_stay_within_the_stated_uncertainty(n: int) -> None:
    chance, step = np.random.default_rng(12), 0.01
    places = [PLACE, Point(PLACE.x + step, PLACE.y), Point(PLACE.x, PLACE.y - step)]

    def lengths(all_three: Numbers) -> tuple[float, float]:
        here, across, away = all_three
        return math.dist(here, across), math.dist(here, away)

    true = lengths(CAMERA.ground(np.array(places)))
    kept = []
    for _ in range(100):
        ground = MarkedGround(marks(shaken(chance, n), SQUARE[:n]), ASPECT)
        doubt = ground.uncertainty(PLACE)
        found = lengths(ground.positions_m(places))
        off = [abs(length / exact - 1) for length, exact in zip(found, true, strict=True)]
        kept.append((off[0] <= doubt.lateral, off[1] <= doubt.depth))

    assert 0.9 <= np.mean(kept, axis=0).min() <= np.mean(kept, axis=0).max()


def test_uncertainty_grows_with_the_distance_from_the_marks() -> None:
    ground = MarkedGround(marks(), ASPECT)

    assert (ground.uncertainty(Point(0.5, 0.4)).position_m or 0) > 3 * (
        ground.uncertainty(PLACE).position_m or 0
    )


def test_a_fifth_mark_that_fits_badly_is_a_worse_ground() -> None:
    bent = MARKED_AT[:5] + np.array([(0, 0)] * 4 + [(0.02, 0)])
    good, bad = (MarkedGround(marks(at, SQUARE[:5]), ASPECT) for at in (MARKED_AT[:5], bent))

    assert good.residual < 1e-9 < bad.residual
    assert (bad.uncertainty(PLACE).position_m or 0) > (good.uncertainty(PLACE).position_m or 0)


def test_person_heights_are_known_before_anybody_has_passed() -> None:
    ground, person = MarkedGround(marks(), ASPECT), CAMERA.sees((1.0, 8.0))

    [tall] = ground.person_heights([person.box.foot])

    assert tall == pytest.approx(person.box.h, rel=0.15)


def test_people_who_pass_show_how_much_a_steep_view_shortens_them() -> None:
    steep = replace(CAMERA, tilt=0.75, mast_m=7.0)
    ground = MarkedGround(marks(ground=steep.ground(MARKED_AT[:4])), ASPECT)
    feet = steep.ground(np.array([(x, y) for x in (0.3, 0.5, 0.7) for y in (0.6, 0.75, 0.9)]))
    people = [steep.sees((x, y), subject=n) for n, (x, y) in enumerate(feet.tolist() * 3)]
    ground.push(people)

    tall = ground.person_heights([person.box.foot for person in people])

    heights = np.array([person.box.h for person in people])
    assert np.median(tall / heights) == pytest.approx(1, abs=0.08)
    assert tall / heights == pytest.approx(np.ones(len(people)), abs=0.2)
    assert ground.camera_height_m == pytest.approx(7.0, rel=0.2)


def test_positions_are_finite_even_above_the_horizon() -> None:
    ground = MarkedGround(marks(), ASPECT)
    feet = [Point(0.5, 0.0), Point(0.0, 0.1), Point(1.0, 1.0)]

    assert np.isfinite(ground.positions_m(feet)).all()
    assert (ground.person_heights(feet) > 0).all()


def test_no_feet_give_no_positions() -> None:
    assert MarkedGround(marks()).positions_m([]).shape == (0, 2)


ON_A_LINE = np.array([(0.1, 0.9), (0.5, 0.9), (0.9, 0.9), (0.5, 0.5)])

REFUSED = {
    "three": (marks()[:3], "needs at least four marks, has 3"),
    "on one line": (marks(ON_A_LINE, CAMERA.ground(ON_A_LINE)), "nearly on one line"),
    "outside": (marks(MARKED_AT[:4] + np.array([0.3, 0])), "outside of the frame"),
    "mirrored": (marks(ground=SQUARE[:4] * (-1, 1)), "are mirrored; write metres as x to the"),
    "x and y exchanged": (marks(ground=SQUARE[:4, ::-1]), "are mirrored"),
    "two mixed up": (marks(ground=SQUARE[[0, 2, 1, 3]]), "two of them are mixed up"),
    "degrees": (marks(ground=SQUARE[:4] * 1e-5), "m apart; write metres on a plan"),
    "a wrong figure": (
        marks(MARKED_AT, SQUARE + np.array([(0.0, 0.0)] * 7 + [(6.0, 0.0)])),
        "of the frame's height from where the others put it",
    ),
}


@pytest.mark.parametrize(("given_", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_impossible_marks_are_refused_with_the_correction(given_: list[Mark], said: str) -> None:
    with pytest.raises(GroundError, match=said):
        MarkedGround(given_, ASPECT)
