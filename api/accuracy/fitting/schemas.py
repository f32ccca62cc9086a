"""HTTP schemas of calibrations, thresholds and drift."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.accuracy.fitting.fit_scenario import ShipReason
from api.accuracy.fitting.fit_thresholds import ThresholdReason
from api.suppressions.schemas import Name, NodeName, ScenarioKey
from api.web.schemas import DisplayNames, Fraction, Payload, Reason, Text


class FitComparison(Payload):
    """How good the probabilities are on the newest week, which fitted nothing; lower is better."""

    n: Annotated[int, Field(description="Verdicts of that week")]
    brier_old: Annotated[float | None, Field(description="Of the calibration in force before")]
    brier_new: float | None
    log_loss_old: Annotated[float | None, Field(description="In nats")]
    log_loss_new: float | None


class ReliabilityBin(Payload):
    """Incidents of similar probability, and how many of them were true."""

    low: Fraction
    high: Fraction
    mean: Annotated[Fraction, Field(description="Mean probability")]
    n: int
    n_true: int


class CalibrationVersion(Payload):
    """One version of the calibration of a scenario; a version never changes."""

    scenario: str
    title: Text
    version: int
    fitted_at: datetime
    is_in_force: bool
    is_shipped: bool
    reason: Annotated[ShipReason, Field(description="Why it was shipped, or was not")]
    n: Annotated[int, Field(description="Verdicts that it was fitted to")]
    comparison: FitComparison
    reliability: list[ReliabilityBin]


class ScenarioThresholds(Payload):
    """The thresholds in force of a scenario that has alerts."""

    scenario: str
    title: Text
    is_life_and_limb: Annotated[
        bool, Field(description="Recall comes before precision; nothing is stored unseen")
    ]
    version: Annotated[int | None, Field(description="null: the default, without any promise")]
    push: Annotated[Fraction, Field(description="From here a worker is notified; 1: nobody is")]
    low: Annotated[Fraction, Field(description="Below it an incident is stored")]
    target_precision: Annotated[float | None, Field(description="For which they were chosen")]
    min_recall: float | None
    promised_precision: Annotated[
        Fraction, Field(description="What the next test must show; set for the site or scenario")
    ]
    promised_recall: Fraction
    n: Annotated[int, Field(description="Audited incidents that it was chosen by")]
    reason: ThresholdReason | None
    chosen_at: datetime | None
    checked_at: Annotated[datetime | None, Field(description="When they were last tested")]


class ThresholdOption(Payload):
    """What a threshold for a push would do."""

    push: Fraction
    n: Annotated[int, Field(description="Audited incidents above it")]
    n_true: int
    precision_bound: Annotated[
        Fraction, Field(description="Lower bound of the precision, at the accepted risk")
    ]
    recall: Annotated[
        float | None, Field(description="Share of all true audited incidents that are above it")
    ]
    pushed_per_hour: float
    reviewed_per_hour: Annotated[float, Field(description="Incidents that operators see first")]


class ThresholdTest(Payload):
    """A test of the thresholds with all verdicts until now; nothing is stored."""

    scenario: str
    n: Annotated[int, Field(description="Audited incidents")]
    reason: Annotated[ThresholdReason, Field(description="What the next retraining would do")]
    push: Fraction
    low: Fraction
    options: list[ThresholdOption]


class ScoredSource(Payload):
    """A camera with one scenario, revision and model."""

    node: str
    camera: str
    names: DisplayNames
    area_code: str | None
    scenario: str
    title: Text
    scenario_rev: int
    model: str
    first_at: datetime
    trusted_at: Annotated[
        datetime | None, Field(description="null: operators see its alerts first")
    ]
    drifting_since: datetime | None
    evidence: Annotated[
        float | None, Field(description="For a change, as a share of the limit; 1 is an alarm")
    ]
    n: Annotated[int, Field(description="Incidents that were followed")]


class RestartRequest(Payload):
    """A camera to start anew, after somebody has moved, cleaned or adjusted it."""

    node: NodeName
    camera: Name
    scenario: Annotated[ScenarioKey | None, Field(description="Default: all of them")] = None
    reason: Reason = ""


class RestartedCamera(Payload):
    """The scenarios whose verdicts no longer count for a camera."""

    scenarios: list[str]
