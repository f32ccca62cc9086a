"""People who lie or fell."""

import pytest

from pipeline.geometry.shapes import Box
from pipeline.ground.height_calibration import HeightCalibratedGround
from pipeline.scene.posture import NOT_LYING, Posture, PostureEstimator
from pipeline.track import Track
from tests.pipeline.builders import BEGIN, a_track, a_track_set, after

UP, BENT, DOWN = 1.0, 0.5, 0.25
TALL = 0.2
"""Height in the frame of a standing person whose feet are at ``FOOT``."""
FOOT = 0.6


class PersonOnCamera:
    """One person before a calibrated camera."""

    def __init__(self) -> None:
        self._postures, self._ground = PostureEstimator(), HeightCalibratedGround()
        self._ground.push([a_track(y=FOOT, h=TALL)] * 30)

    def show(self, at: float, box: Box) -> Posture:
        person = Track(
            subject=1,
            label="person",
            box=box,
            score=0.8,
            first_seen_at=BEGIN,
            stationary_since=BEGIN,
        )
        postures = self._postures.push(after(at), a_track_set(person, ground=self._ground))
        return postures.get(1, NOT_LYING)

    def stands(self, at: float, share: float) -> Posture:
        """Show the person at a share of the standing height; the feet stay."""
        tall = share * TALL
        return self.show(at, Box(0.5, FOOT - tall, 0.03, tall))


def postures_of(*shares: float, every: float = 0.2) -> str:
    """``u`` up, ``l`` lies, ``f`` fell, one a frame."""
    person_on_camera, words = PersonOnCamera(), ""
    for n, share in enumerate(shares):
        stance = person_on_camera.stands(n * every, share)
        words += "u" if stance.lying_since is None else "f" if stance.has_fallen else "l"
    return words


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ([UP, UP, BENT, DOWN, DOWN], "uuuff"),
        ([UP, *[BENT] * 8, DOWN, DOWN], "uuuuuuuuull"),
        ([DOWN, DOWN], "uu"),
        ([UP, *[BENT] * 8, UP], "uuuuuuuuuu"),
        ([UP, BENT, DOWN, DOWN, UP], "uuffu"),
    ],
    ids=["falls", "lies down", "was never up", "bends", "gets up again"],
)
def test_posture(shares: list[float], words: str) -> None:
    assert postures_of(*shares) == words


def test_posture_is_unknown_at_the_edge_of_the_frame() -> None:
    person_on_camera = PersonOnCamera()
    person_on_camera.stands(0, UP)

    assert person_on_camera.show(0.4, Box(0.5, 0.96, 0.05, 0.04)) == NOT_LYING


def test_a_wide_box_is_down_at_a_greater_height() -> None:
    wide, narrow = Box(0.4, 0.52, 0.2, 0.08), Box(0.4, 0.52, 0.03, 0.08)

    assert PersonOnCamera().show(0, wide).lying_since == after(0)
    assert PersonOnCamera().show(0, narrow).lying_since is None


def test_a_person_behind_a_sign_is_short_but_the_head_stays_up() -> None:
    person_on_camera = PersonOnCamera()
    person_on_camera.stands(0, UP)

    assert person_on_camera.show(0.4, Box(0.5, FOOT - TALL, 0.02, DOWN * TALL)) == NOT_LYING
