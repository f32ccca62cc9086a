"""Two clips are played as a node would play them, and compared with their truth."""

import json
from pathlib import Path

import msgspec
import pytest

from gridwatch.errors import UsageError
from gridwatch.workbench.evaluation.evaluate_command import EvaluationResult
from gridwatch.workbench.evaluation.evaluation import bind_watches
from gridwatch.workbench.evaluation.scoring import ScenarioFigures
from gridwatch.workbench.evaluation.truth import REAL_CLIPS, Truth, Watch, read_truth
from models import detector
from models.catalogue import footage
from models.errors import ModelError
from scenarios import catalogue
from tests.command_line import gridwatch
from tests.requirements import require

FALLS, SQUATS = "gmd-3-fall-16", "gmd-3-adl-07"
PLACES: dict[str, dict[str, dict[str, int | float | str]]] = {
    "home": {"fall": {}, "camera_tamper": {}}
}


def test_the_truth_of_the_real_clips_binds_as_a_site_would() -> None:
    truth, scenario_types = read_truth(REAL_CLIPS), catalogue.load()

    assert set(truth.clips) == set(footage.list_clips())
    for clip, listed in footage.list_clips().items():
        watches = truth.watches(clip)
        assert truth.watches(f"videos/{listed.file}") == watches
        assert len(bind_watches(watches, scenario_types)) == len(watches) > 0


def test_a_watch_of_the_clip_replaces_that_of_its_place() -> None:
    text = {
        "places": PLACES,
        "clips": {
            "a.mp4": {
                "place": "home",
                "without": ["camera_tamper"],
                "watches": [{"scenario": "fall", "happenings": [[1, 2]]}],
            }
        },
    }
    truth = msgspec.convert(text, Truth)

    assert truth.watches("videos/a.mp4") == (Watch(scenario="fall", happenings=((1, 2),)),)


@pytest.mark.parametrize(
    ("clip", "reason"),
    [
        ({"place": "home", "watches": [{"scenario": "fall", "happenings": [[3, 2]]}]}, "from"),
        ({"place": "home", "expects": []}, "expects"),
    ],
)
def test_a_wrong_truth_is_refused(tmp_path: Path, clip: object, reason: str) -> None:
    file = tmp_path / "truth.json"
    file.write_text(json.dumps({"places": PLACES, "clips": {"a.mp4": clip}}))

    with pytest.raises(UsageError, match=reason):
        read_truth(file)


def test_an_unknown_clip_or_scenario_is_named() -> None:
    truth = Truth(places=PLACES, clips={})

    with pytest.raises(UsageError, match=r"nothing about a\.mp4"):
        truth.watches("a.mp4")
    with pytest.raises(UsageError, match="no scenario 'fal'"):
        bind_watches([Watch(scenario="fal")], catalogue.load())


@pytest.mark.slow
def test_a_fall_is_found_a_wrong_truth_is_missed_and_the_alert_then_false(tmp_path: Path) -> None:
    try:
        for clip in (FALLS, SQUATS):
            footage.find_clip(clip)
        detector.load_detector("deimv2-femto", allow_fetch=False)
    except ModelError as error:
        require(condition=False, what=str(error))

    def evaluate(happening: tuple[float, float]) -> ScenarioFigures:
        watch = Watch(scenario="fall", happenings=(happening,))
        clips = {FALLS: {"place": "home", "watches": [watch]}, SQUATS: {"place": "home"}}
        file = tmp_path / "truth.json"
        file.write_bytes(msgspec.json.encode({"places": PLACES, "clips": clips}))
        arguments = ("--truth", str(file), "--model", "deimv2-femto", "--json")
        done = gridwatch("scenario", "evaluate", FALLS, SQUATS, *arguments)
        return msgspec.json.decode(done.stdout, type=EvaluationResult).scenarios["fall"]

    right, wrong = evaluate((3.3, 6.1)), evaluate((0.2, 1))

    assert (right.found, right.missed, right.false) == (1, 0, 0)
    assert right.median_wait_s is not None
    assert 1.0 < right.median_wait_s < 3.0
    assert (wrong.found, wrong.missed, wrong.false) == (0, 1, 1)
