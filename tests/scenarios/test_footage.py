"""Real clips: how they are judged, and one of them played whole."""

import pytest

from gridwatch.clips import Clips
from models import footage
from models.errors import ModelError
from scenarios import catalogue
from scenarios.cases import FootageCase
from scenarios.footage import judge
from tests.parts import need

CASE = FootageCase("square.mp4", expects=[(12, 95)], tolerance=3)


@pytest.mark.parametrize(
    ("came", "wrong"),
    [
        ([(12.0, 95.0)], ""),
        ([(9.0, 98.0)], ""),
        ([(8.9, 95.0)], "open 8.9 to 95 s instead of 12 to 95 s"),
        ([], "open never instead of 12 to 95 s"),
        ([(12.0, 40.0), (50.0, 95.0)], "open 12 to 40 s, 50 to 95 s instead of 12 to 95 s"),
    ],
)
def test_a_clip_is_judged_by_when_its_alerts_were_open(
    came: list[tuple[float, float]], wrong: str
) -> None:
    assert judge(CASE, came).wrong == wrong


def test_a_silent_clip_wants_silence() -> None:
    silent = FootageCase("empty.mp4", expects=[])

    assert judge(silent, []).wrong == ""
    assert judge(silent, [(1.0, 2.0)]).wrong == "open 1 to 2 s instead of never"


@pytest.mark.slow
@pytest.mark.parametrize("key", ["crowd_gathering", "intrusion"])
def test_the_alerts_of_the_square_come_when_they_should(key: str) -> None:
    try:
        footage.find("vtest.avi")
        player = Clips()
    except ModelError as error:
        need(condition=False, what=str(error))
    kind = catalogue.load()[key]
    [case] = [case for case in kind.footage if case.clip == "vtest.avi"]

    assert player.play(kind, case).wrong == ""
