"""Who lies, and who fell."""

import pytest

from pipeline.geometry import Box
from pipeline.ground import FromPeople
from pipeline.posture import Posture, Postures
from pipeline.track import Track
from tests.pipeline.making import BEGIN, a_track, after, watched

UP, BENT, DOWN = 1.0, 0.5, 0.25


def told(*shares: float, every: float = 0.2) -> str:
    """``u`` up, ``l`` lies, ``f`` fell, one a frame."""
    posture, words = Posture(), ""
    for n, share in enumerate(shares):
        stance = posture.push(after(n * every), share, head=-share)  # the feet stay
        words += "u" if stance.lying_since is None else "f" if stance.fell else "l"
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
    assert told(*shares) == words


def seen(box: Box) -> Track:
    return Track(subject=1, label="person", box=box, score=0.8, since=BEGIN, still_since=BEGIN)


def test_of_who_leaves_through_the_edge_nothing_is_known() -> None:
    postures, ground = Postures(), FromPeople()
    ground.push([a_track(y=0.9)] * 30)
    postures.push(after(0), watched(a_track(y=0.9), ground=ground))
    cut_off = seen(Box(0.5, 0.96, 0.05, 0.04))

    assert postures.push(after(0.4), watched(cut_off, ground=ground))[1].lying_since is None


def test_who_looks_wider_than_tall_is_down_sooner() -> None:
    ground = FromPeople()
    ground.push([a_track(y=0.6)] * 30)
    wide, narrow = seen(Box(0.4, 0.52, 0.2, 0.08)), seen(Box(0.4, 0.52, 0.03, 0.08))

    assert Postures().push(after(0), watched(wide, ground=ground))[1].lying_since == after(0)
    assert Postures().push(after(0), watched(narrow, ground=ground))[1].lying_since is None


def test_who_walks_behind_a_sign_is_short_but_his_head_stays_up() -> None:
    posture = Posture()
    posture.push(after(0), UP, head=0.3, tall=0.12)

    assert posture.push(after(0.4), DOWN, head=0.3, tall=0.10).lying_since is None
