"""People who lie or fell."""

import pytest

from pipeline.geometry.shapes import Box
from pipeline.ground.height_calibration import HeightCalibratedGround
from pipeline.scene.fallen_person import NOT_LYING, Posture
from pipeline.scene.posture import PostureEstimator
from pipeline.track import Track
from tests.pipeline.builders import BEGIN, a_track, a_track_set, after, some_detections

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
        return postures.lying.get(1, NOT_LYING)

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


def a_person(box: Box, *, score: float = 0.8, is_coasting: bool = False) -> Track:
    return Track(
        subject=1,
        label="person",
        box=box,
        score=score,
        first_seen_at=BEGIN,
        stationary_since=BEGIN,
        is_coasting=is_coasting,
    )


STANDING = Box(0.5, 0.2, 0.1, 0.6)
LYING = Box(0.4, 0.68, 0.3, 0.13)
LOW = 0.25


def fallen_after(
    *steps: tuple[Track | None, Box | None], threshold: float = 0.4, every: float = 0.2
) -> list[bool]:
    """Show a track, a detection with a low score, or both; return whether somebody fell."""
    estimator, ground = PostureEstimator(threshold), HeightCalibratedGround()
    fallen = []
    for n, (track, box) in enumerate(steps):
        tracks = a_track_set(*([track] if track else []), ground=ground)
        detections = some_detections(*([box] if box else []), scores=[LOW] if box else [])
        postures = estimator.push(after(n * every), tracks, detections)
        fallen.append(bool(postures.fallen))
    return fallen


UPRIGHT = (a_person(STANDING), None)
LOST = (None, None)
FOUND = (None, LYING)


def test_a_person_whose_track_is_lost_in_a_fall_is_found_by_low_scores() -> None:
    assert fallen_after(UPRIGHT, UPRIGHT, LOST, LOST, FOUND, FOUND) == [False] * 5 + [True]


def test_one_detection_is_not_enough() -> None:
    assert not any(fallen_after(UPRIGHT, UPRIGHT, LOST, FOUND, *[LOST] * 5))


def test_who_walks_on_at_a_low_height_has_not_fallen() -> None:
    passing = [(None, Box(0.3 + 0.1 * n, 0.68, 0.15, 0.1)) for n in range(5)]

    assert not any(fallen_after(UPRIGHT, UPRIGHT, *passing))


def test_a_time_unseen_does_not_make_a_fall_slow() -> None:
    tracked = (a_person(LYING), None)

    assert fallen_after(UPRIGHT, UPRIGHT, *[LOST] * 8, tracked, tracked)[-1]
    assert not fallen_after(UPRIGHT, UPRIGHT, *[LOST] * 20, tracked, tracked)[-1]


def test_what_lay_there_before_has_not_fallen() -> None:
    with_bag = (a_person(STANDING), LYING)

    assert not any(fallen_after(with_bag, with_bag, LOST, FOUND, FOUND, FOUND))


def test_a_box_with_a_low_score_says_nothing_about_who_is_up() -> None:
    with_chair = (a_person(Box(0.4, 0.4, 0.3, 0.4), score=0.2), LYING)

    assert fallen_after(UPRIGHT, UPRIGHT, LOST, with_chair, with_chair, with_chair)[-1]


def test_a_person_who_lies_stays_while_nothing_moves() -> None:
    estimator, ground = PostureEstimator(0.4), HeightCalibratedGround()
    nobody, low = a_track_set(ground=ground), some_detections(LYING, scores=[LOW])
    for n in range(3):
        estimator.push(after(n / 5), a_track_set(a_person(STANDING), ground=ground))
    for n in range(3, 6):
        estimator.push(after(n / 5), nobody, low)
    for n in range(6, 60):
        postures = estimator.push(after(n / 5), nobody, is_inferred=False)

    assert [each.subject for each in postures.fallen] == [1]
    for n in range(60, 72):
        postures = estimator.push(after(n / 5), nobody)
    assert not postures.fallen


@pytest.mark.parametrize(
    ("box", "fell"),
    [(Box(0.4, 0.82, 0.3, 0.18), True), (Box(0.49, 0.82, 0.12, 0.18), False)],
    ids=["lies at the edge", "walks out of the frame"],
)
def test_at_the_lower_edge_only_who_is_wider_than_shoulders_has_fallen(
    box: Box, fell: bool
) -> None:
    upright = (a_person(Box(0.45, 0.38, 0.15, 0.6)), None)
    down = (a_person(box), None)

    assert fallen_after(upright, upright, down, down)[-1] == fell
