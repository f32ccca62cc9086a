"""Values of the correlation: alerts, the incidents they belong to, and where cameras stand."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from api.accuracy.score import Decision
from api.incidents.clocks import Clock
from api.incidents.lifecycle import IncidentState
from pipeline.signal import Level
from pipeline.text import Text
from pipeline.wire import AlertData, Location


class Outcome(StrEnum):
    """How an alert came to its incident; the name goes to logs, metrics and timeline."""

    OPENS = "opens"
    JOINS = "joins"
    REPEATS_CALL = "repeats_call"
    RECURS = "recurs"
    WORSENS = "worsens"
    ENDS = "ends"
    STAYS = "stays"
    TOO_LATE = "too_late"
    SUPPRESSED = "suppressed"
    OTHER_VIEW = "other_view"
    STORM = "storm"

    @property
    def why(self) -> str:
        """The reason in words, shown beside the alert."""
        return _WHY[self]


_WHY = {
    Outcome.OPENS: "no incident of this key was open",
    Outcome.JOINS: "an incident of this key was open",
    Outcome.WORSENS: "an incident of this key was open, at a lower level",
    Outcome.ENDS: "an alert of an open incident has closed",
    Outcome.REPEATS_CALL: "an incident of this key had waited too long, and calls again",
    Outcome.RECURS: "an earlier incident of this key has been dealt with or is too long ago",
    Outcome.STAYS: "a person has settled its incident",
    Outcome.TOO_LATE: "older than its scenario pages for",
    Outcome.SUPPRESSED: "its call is withheld by a suppression",
    Outcome.OTHER_VIEW: "another camera or scenario sees the same matter",
    Outcome.STORM: "one of many with one cause",
}


class SystemAction(StrEnum):
    """What the system did with an incident; the name goes to the audit log."""

    OPEN = "open"
    PROMOTE = "lift"
    FILE = "file"
    WORSEN = "worsen"
    END = "end"
    """What was wrong has ended; who works on it is notified."""
    REPEAT_CALL = "repeat_call"
    RECUR = "recur"
    MERGE = "merge"
    ABSORB = "absorb"
    SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemChange:
    """A change that the system made to an incident; one entry of the audit log.

    Args:
        detail: The parameters of the reason, for programs.
    """

    action: SystemAction
    from_state: IncidentState | None
    to_state: IncidentState
    reason: str = ""
    detail: dict[str, object] = field(default_factory=dict)


class IncidentClass(StrEnum):
    """What an incident is about; stored and shown under this name."""

    SAFETY = "safety"
    EQUIPMENT = "equipment"
    """A node, a camera or the roster; the system opened it itself."""


class DeadlineKind(StrEnum):
    """What is due at a deadline: a review, or the next action on a work order."""

    REVIEW = "review"
    WORK_ORDER = "work_order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A time by which a person has to act."""

    kind: DeadlineKind
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPlace:
    """What the centre knows of a camera.

    Args:
        site_group: Cameras of one group share their incidents; ``None`` for a camera alone.
        area_code: The micro-grid that the camera covers.
    """

    site_group: str | None = None
    area_code: str | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An open incident, as far as alerts change it.

    Args:
        id: ``None`` until the incident is stored.
        probability: That the incident is true, 0 to 1.
        is_over: Every alert of the incident has closed.
        scenario: That of its lead alert.
        clock: ``None`` if it is merged into another.
        suppression: What withholds its call.
        scenario_rev: That of its lead alert.
        model: That of its lead alert, ``NAME@CHECKSUM``; empty for a scenario without one.
        audit_probability: With which it was drawn for an audit; ``None`` if it is not part of the
            accuracy statistics.
        calibration_version: Which calibration gave ``probability``; ``None`` for the prior.
        threshold_version: Which thresholds gave ``decision``; ``None`` for the built-in ones.
        changes: What changed since the incident was read, in order.
    """

    id: UUID | None = None
    key: str
    family: str
    scenario: str
    state: IncidentState
    level: Level
    score: float
    probability: float
    decision: Decision
    first_at: datetime
    last_at: datetime
    lead_alert: UUID
    clock: Clock | None
    n_alerts: int = 0
    is_over: bool = False
    suppression: UUID | None = None
    scenario_rev: int | None = None
    model: str | None = None
    audit_probability: float | None = None
    calibration_version: int | None = None
    threshold_version: int | None = None
    changes: tuple[SystemChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlert:
    """An alert that is stored already.

    Args:
        incident: Its incident, open or not.
        root: The incident that stands for it: itself, unless it was merged into another.
        state: State of the root.
        closed_at: When the root was closed; ``None`` while it is open.
    """

    rev: int
    level: Level
    incident: UUID
    root: UUID
    state: IncidentState
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySlot:
    """Where the alerts of a key go.

    Args:
        root: The open incident that they change.
        member: The incident that holds them: the root, or one that was merged into it.
    """

    root: UUID
    member: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedAlert:
    """An alert with the incident it was assigned to.

    Args:
        content: ``data`` as JSON.
        is_stale: The alert is too old to notify anybody of.
    """

    data: AlertData
    content: bytes
    node: str
    incident: UUID
    outcome: Outcome
    is_stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIncident:
    """An incident to be stored for the first time, with its first alert and its place.

    Args:
        root: The incident that it is merged into; ``None`` if it stands for itself.
        merge_reason: Why, as a code with parameters.
        recurrence_of: The incident whose key it takes; ``None`` lets the store look for one.
        message: Text that stands for the incident instead of that of its lead alert.
        area_code: Area that it concerns; ``None`` for that of its place.
    """

    incident: Incident
    lead: AlertData
    node: str
    place: CameraPlace
    root: UUID | None = None
    merge_reason: dict[str, object] = field(default_factory=dict)
    recurrence_of: UUID | None = None
    message: Text | None = None
    area_code: str | None = None

    @property
    def location(self) -> Location | None:
        """Where it is: as the alert says, else where the camera is registered."""
        return location_of(self.lead, self.place)


def location_of(alert: AlertData, place: CameraPlace) -> Location | None:
    """Return where an alert is: as it says, else where its camera is registered."""
    if alert.location is not None:
        return alert.location
    if place.lon is None or place.lat is None:
        return None
    return Location(lon=place.lon, lat=place.lat)
