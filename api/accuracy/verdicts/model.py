"""Values of the verdicts: what was judged, and how it was drawn. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple
from uuid import UUID

from api.accuracy.score import Decision
from api.accuracy.store import VerdictValue
from pipeline.ports import ModelId
from pipeline.wire import AlertData

STORM_KEY = "storm|"
"""Keys of incidents that stand for a storm begin like this; kind and area follow."""

NOT_FOUND_MEANS_FALSE_WITHIN = timedelta(minutes=10)
"""A worker who finds nothing so soon after the last observation contradicts it; later, people may
have walked away, and the verdict is ``unsure``."""


class VerdictSource(StrEnum):
    """Who judged; stored and shown under this name, the strongest first.

    An informative verdict of a stronger source outranks every one of a weaker source, whichever
    came first. An auditor is blind and has time, the desk knows the score and is in a hurry; but
    only a person on site sees what the camera does not show.
    """

    ON_SITE = "on_site"
    AUDIT = "audit"
    DESK = "desk"
    CAMERA_RECHECK = "camera_recheck"
    MODEL = "model"


class AlertConfiguration(NamedTuple):
    """A camera with the scenario, revision and model that make its alerts.

    Scores of another configuration may mean something else.
    """

    node: str
    camera: str
    scenario: str
    scenario_rev: int
    model: str


class AuditRound(IntEnum):
    """The steps of an audit, as they are stored."""

    FIRST = 1
    SECOND = 2
    """By another rater, who does not know the first verdict."""
    DECISION = 3
    """By a third one, where the two disagree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTask:
    """A verdict that an audit asks for.

    Args:
        inclusion_probability: With which this round was drawn, given the rounds before it.
    """

    incident: UUID
    round: AuditRound
    inclusion_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedIncident:
    """An incident with the verdict in force.

    Args:
        scenario_rev: Revision of the scenario; ``None`` if it is no longer known.
        model: ``NAME@CHECKSUM``, empty for a scenario without one; ``None`` as above.
        raw_score: Highest score of its alerts, 0 to 1.
        probability: That it is true, as it was known when it was decided.
        is_pushed: A worker was notified before anybody had looked.
        is_confirmed: A worker was notified after an operator had looked.
        inclusion_probability: With which an audit of it was drawn and given; ``None`` without an
            audit: whether such an incident has a verdict depends on its score.
        is_blind: The verdict in force was given without sight of the score.
        opened_at: When its first alert was opened, by the clock of the centre.
        judged_at: When the verdict in force was given.
    """

    incident: UUID
    scenario: str
    scenario_rev: int | None
    node: str
    camera: str
    area_code: str | None
    model: str | None
    raw_score: float
    probability: float
    decision: Decision
    calibration_version: int | None
    threshold_version: int | None
    is_pushed: bool
    is_confirmed: bool
    inclusion_probability: float | None
    value: VerdictValue
    source: VerdictSource
    reason: str
    is_blind: bool
    opened_at: datetime
    judged_at: datetime


def model_name(model: ModelId | None) -> str:
    """Return the name of weights with the start of their checksum; empty without a model."""
    return "" if model is None else f"{model.name}@{model.sha256[:12]}"


def configuration_of(alert: AlertData, node: str) -> AlertConfiguration:
    """Return the camera with the scenario, revision and model that made an alert."""
    model = model_name(alert.model)
    return AlertConfiguration(node, alert.camera, alert.scenario, alert.scenario_rev, model)
