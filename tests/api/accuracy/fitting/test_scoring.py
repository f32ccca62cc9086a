"""Which probability, thresholds and state an alert gets."""

from datetime import timedelta

import pytest

from api.accuracy.fitting.scoring import (
    CameraKey,
    Fit,
    FitKey,
    Scoring,
    SourceRecord,
    SourceState,
)
from api.accuracy.score import Prior, Thresholds, probability
from api.accuracy.verdicts.model import AlertConfiguration
from tests.api.alerts import NOON

GATE = AlertConfiguration("demo/market/box-1", "north-gate", "crowd_gathering", 3, "net@12")
CAMERA = CameraKey(GATE.node, GATE.camera)
FIT = Fit(version=7, fitted_at=NOON, slope=2.0, intercept=-1.0, shifts={CAMERA: 1.5})
SCORING = Scoring(
    fits={FitKey("crowd_gathering", 3, "net@12"): FIT},
    thresholds={"crowd_gathering": (4, Thresholds(push=0.9, low=0.1))},
    first_look=True,
)
KNOWN = SourceRecord(first_at=NOON - timedelta(days=30), trusted_at=NOON)
USUAL = Prior().usual_score


def test_the_calibration_in_force_is_used_and_named() -> None:
    scored = SCORING.score(GATE, USUAL, KNOWN)

    assert scored.probability == pytest.approx(1 / (1 + 2.718281828**-0.5))
    assert (scored.calibration, scored.threshold, scored.state) == (7, 4, None)
    assert scored.thresholds == Thresholds(push=0.9, low=0.1)


@pytest.mark.parametrize(
    "source", [GATE._replace(scenario_rev=4), GATE._replace(model="other@34")], ids=str
)
def test_a_new_revision_or_model_starts_with_the_prior(source: AlertConfiguration) -> None:
    scored = SCORING.score(source, USUAL, None)

    assert scored.probability == pytest.approx(probability(USUAL, Prior()))
    assert (scored.calibration, scored.state) == (None, SourceState.NEW_SOURCE)


@pytest.mark.parametrize("record", [None, SourceRecord(first_at=NOON + timedelta(days=1))])
def test_a_camera_that_is_new_since_the_fit_has_no_shift(record: SourceRecord | None) -> None:
    scored = SCORING.score(GATE, USUAL, record)

    assert scored.probability == pytest.approx(1 / (1 + 2.718281828**1.0))
    assert scored.state is SourceState.NEW_SOURCE


def test_a_source_whose_scores_drift_is_named() -> None:
    drifting = SourceRecord(first_at=NOON, trusted_at=NOON, drifting_since=NOON)

    assert SCORING.score(GATE, USUAL, drifting).state is SourceState.DRIFTING
