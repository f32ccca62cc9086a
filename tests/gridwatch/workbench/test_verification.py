"""Footage cases: each clip is detected once for all cases; one clip is played whole."""

import pytest

from gridwatch.workbench.verification import FootageRun, QueuedCase, group_by_footage, run_footage
from models import detector
from models.catalogue import footage
from models.errors import ModelError
from pipeline.detection import Detections
from pipeline.testing import ScriptedDetector
from scenarios import catalogue
from scenarios.testing.cases import FootageCase
from tests.requirements import require

MODEL = "deimv2-femto"
"""The model that the expected times were read with; the fallback detects fewer people."""


def test_all_cases_of_a_clip_share_one_run() -> None:
    scenarios = list(catalogue.load().values())
    runs = group_by_footage(scenarios)

    assert sum(map(len, runs.values())) == sum(len(scenario.footage) for scenario in scenarios)
    assert len(runs[FootageRun("traffic.mp4", (), None)]) > 1


def test_a_missing_clip_is_skipped_and_named() -> None:
    intrusion = catalogue.load()["intrusion"]
    case = FootageCase("no-such-clip.mp4", expects=[])
    queued = QueuedCase(number=1, scenario_type=intrusion, case=case)
    blind = ScriptedDetector(lambda _: Detections.empty(), frozenset({"person"}))

    [(key, result)] = run_footage(FootageRun(case.clip, (), None), [queued], blind)

    assert (key, result) == (
        "intrusion",
        "skipped: no-such-clip.mp4: the clip is not on this machine",
    )


@pytest.mark.slow
def test_the_alerts_on_vtest_open_when_they_should() -> None:
    try:
        footage.find_clip("vtest.avi")
        loaded = detector.load_detector(MODEL, allow_fetch=False)
    except ModelError as error:
        require(condition=False, what=str(error))
    scenarios = [catalogue.load()[key] for key in ("crowd_gathering", "intrusion")]
    run = FootageRun("vtest.avi", (), None)
    queued = group_by_footage(scenarios)[run]
    results = [result for _, result in run_footage(run, queued, loaded)]

    failures = [result.failure for result in results if not isinstance(result, str)]
    assert failures == [""] * len(queued)


@pytest.mark.slow
@pytest.mark.parametrize("clip", ["fall/gmd_3_fall_16.mp4", "fall/gmd_3_adl_07.mp4"])
def test_a_real_fall_is_reported_and_squatting_is_not(clip: str) -> None:
    try:
        loaded = detector.load_detector(MODEL, allow_fetch=False)
        footage.find_clip(clip)
    except ModelError as error:
        require(condition=False, what=str(error))
    [(run, queued)] = [
        item
        for item in group_by_footage([catalogue.load()["fall"]]).items()
        if item[0].clip == clip
    ]
    [(_, result)] = run_footage(run, queued, loaded)

    assert not isinstance(result, str)
    assert result.failure == ""
