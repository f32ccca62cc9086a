"""Real clips: how they are judged, and one of them played whole."""

import pytest

from gridwatch.workbench.clips import FootageRun, QueuedCase, group_by_footage, run_footage
from models import detector
from models.catalogue import footage
from models.errors import ModelError
from pipeline.detection import Detections
from pipeline.testing import ScriptedDetector
from scenarios import catalogue
from scenarios.testing.cases import FootageCase
from scenarios.testing.footage import check_spans
from tests.parts import need

SEEN_BY = "deimv2-femto"
"""What clips are expected to alert by; the fallback sees fewer, so it is not asked."""
CASE = FootageCase("square.mp4", expects=[(12, 95)], tolerance_s=3)


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
    assert check_spans(CASE, came).failure == wrong


def test_a_silent_clip_wants_silence() -> None:
    silent = FootageCase("empty.mp4", expects=[])

    assert check_spans(silent, []).failure == ""
    assert check_spans(silent, [(1.0, 2.0)]).failure == "open 1 to 2 s instead of never"


def test_an_alert_that_comes_when_none_should_spoils_no_good_one() -> None:
    played = check_spans(CASE, [(2.0, 5.0), (12.0, 95.0)])

    assert (played.matched, played.expected, len(played.opened_after)) == (1, 1, 2)
    assert played.failure


def test_all_who_want_a_clip_share_one_look_at_it() -> None:
    kinds = list(catalogue.load().values())
    booked = group_by_footage(kinds)

    assert sum(map(len, booked.values())) == sum(len(kind.footage) for kind in kinds)
    assert len(booked[FootageRun("traffic.mp4", (), None)]) > 1


def test_a_clip_that_is_not_here_is_skipped_and_named() -> None:
    kind = catalogue.load()["intrusion"]
    case = FootageCase("no-such-clip.mp4", expects=[])
    reel = FootageRun(case.clip, (), None)
    booking = QueuedCase(number=1, scenario_type=kind, case=case)
    nobody = ScriptedDetector(lambda _: Detections.empty(), frozenset({"person"}))

    [(key, result)] = run_footage(reel, [booking], nobody)

    assert (key, result) == ("intrusion", "skipped: no-such-clip.mp4: the clip is not here")


@pytest.mark.slow
def test_the_alerts_of_the_square_come_when_they_should() -> None:
    try:
        footage.find_clip("vtest.avi")
        looking = detector.load_detector(SEEN_BY, allow_fetch=False)
    except ModelError as error:
        need(condition=False, what=str(error))
    kinds = [catalogue.load()[key] for key in ("crowd_gathering", "intrusion")]
    square = FootageRun("vtest.avi", (), None)
    booked = group_by_footage(kinds)[square]
    results = [result for _, result in run_footage(square, booked, looking)]

    assert [result.failure for result in results if not isinstance(result, str)] == [""] * len(
        booked
    )
