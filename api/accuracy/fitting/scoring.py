"""Score an alert with the calibration and the thresholds in force. Pure.

A calibration belongs to one scenario, revision and model (``FitKey``): a new revision or model
starts with the prior. A camera that is new, or was moved since the fit, has no shift of its own.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from api.accuracy.score import Prior, Thresholds, evidence, get_prior, get_thresholds, probability
from api.accuracy.verdicts.model import AlertConfiguration

MAX_LOGIT = 40.0
"""Beyond it no probability differs from 0 or 1."""


class FitKey(NamedTuple):
    """What one calibration belongs to; ``model`` is empty for a scenario without one."""

    scenario: str
    scenario_rev: int
    model: str


class CameraKey(NamedTuple):
    """A camera."""

    node: str
    camera: str


class SourceState(StrEnum):
    """Why an operator sees the alerts of a source before a phone rings."""

    NEW_SOURCE = "new_source"
    """Too few of its incidents were judged; see ``trust_store``."""
    DRIFTING = "drifting"
    """Its scores are no longer what they were; see ``drift_watch``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """What is stored of a camera with one scenario, revision and model.

    Args:
        first_at: Since when it has reported alerts, or since the camera was moved.
        trusted_at: Since when its alerts may ring a phone; ``None`` if they may not yet.
        drifting_since: Since when its scores are no longer what they were; ``None`` if they are.
    """

    first_at: datetime
    trusted_at: datetime | None = None
    drifting_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted calibration: ``logit P = slope * z + intercept + shift of the camera``.

    Args:
        version: Of the calibration of the scenario.
        shifts: By camera, in logits; 0 for a camera that is left out.
    """

    version: int
    fitted_at: datetime
    slope: float
    intercept: float
    shifts: Mapping[CameraKey, float]

    def probability(self, raw_score: float, prior: Prior, shift: float) -> float:
        """Return the probability that an incident is true.

        Args:
            prior: Defines the usual score, from which ``z`` is measured.
            shift: Of its camera, in logits.
        """
        logit = self.slope * evidence(raw_score, prior) + self.intercept + shift
        return 1 / (1 + math.exp(-min(max(logit, -MAX_LOGIT), MAX_LOGIT)))

    def shift_of(self, camera: CameraKey, record: SourceRecord | None) -> float:
        """Return the shift of a camera; 0 for one that is new, or was moved since the fit."""
        if record is None or record.first_at > self.fitted_at:
            return 0.0
        return self.shifts.get(camera, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What is known of an alert from its score.

    Args:
        probability: That it is true.
        calibration: Version of the calibration; ``None`` for the prior.
        threshold: Version of the thresholds; ``None`` for the default.
        state: Why an operator sees it first, if there is a reason.
    """

    probability: float
    thresholds: Thresholds
    calibration: int | None = None
    threshold: int | None = None
    state: SourceState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """All calibrations and thresholds in force.

    Args:
        thresholds: Version and values of each scenario that differs from the default.
        first_look: Whether an operator sees the alerts of a new source first.
    """

    fits: Mapping[FitKey, Fit] = field(default_factory=dict)
    thresholds: Mapping[str, tuple[int, Thresholds]] = field(default_factory=dict)
    first_look: bool = False

    def score(
        self, source: AlertConfiguration, raw_score: float, record: SourceRecord | None
    ) -> Scored:
        """Score an alert.

        Args:
            raw_score: Its highest score, 0 to 1.
            record: What is stored of its source; ``None`` for a new one.
        """
        prior = get_prior(source.scenario)
        fit = self.fits.get(FitKey(source.scenario, source.scenario_rev, source.model))
        default = (None, get_thresholds(source.scenario))
        version, thresholds = self.thresholds.get(source.scenario, default)
        if fit is None:
            likelihood = probability(raw_score, prior)
        else:
            shift = fit.shift_of(CameraKey(source.node, source.camera), record)
            likelihood = fit.probability(raw_score, prior, shift)
        return Scored(
            probability=likelihood,
            thresholds=thresholds,
            calibration=fit.version if fit else None,
            threshold=version,
            state=self._state(record),
        )

    def _state(self, record: SourceRecord | None) -> SourceState | None:
        if self.first_look and (record is None or record.trusted_at is None):
            return SourceState.NEW_SOURCE
        is_drifting = record is not None and record.drifting_since is not None
        return SourceState.DRIFTING if is_drifting else None


PRIOR_SCORING = Scoring()
"""Without any verdicts, and with every source trusted."""
