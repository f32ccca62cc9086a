"""Values of the correlation: alerts, the incidents they belong to, and where cameras stand."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from uuid import UUID

from api.accuracy.score import Decision
from api.incidents.clocks import Clock
from api.incidents.lifecycle import IncidentState
from pipeline.signal import Level
from pipeline.wire import AlertData, Location


class Outcome(StrEnum):
    """How an alert came to its incident; the name goes to logs, metrics and timeline."""

    OPENS = "opens"
    JOINS = "joins"
    WORSENS = "worsens"
    ENDS = "ends"
    TOO_LATE = "too_late"

    @property
    def why(self) -> str:
        """The reason in words, shown beside the alert."""
        return _WHY[self]


_WHY = {
    Outcome.OPENS: "no incident of this key was open",
    Outcome.JOINS: "an incident of this key was open",
    Outcome.WORSENS: "an incident of this key was open, at a lower level",
    Outcome.ENDS: "an alert of an open incident has closed",
    Outcome.TOO_LATE: "older than its scenario pages for",
}


class IncidentChoice(Enum):
    """The incident that an alert belongs to."""

    NEW = "a new incident"
    OPEN = "the open incident of its key, which it joins"
    SAME = "the open incident of its key, as before"
    PREVIOUS = "the incident it belonged to before, which is not the open one of its key"


class SystemAction(StrEnum):
    """What the system did with an incident; the name goes to the audit log."""

    OPEN = "open"
    PROMOTE = "lift"
    FILE = "file"
    WORSEN = "worsen"
    END = "end"
    """What was wrong has ended; who works on it is told."""


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
        changes: What changed since the incident was read, in order.
    """

    id: UUID | None = None
    key: str
    state: IncidentState
    level: Level
    score: float
    probability: float
    decision: Decision
    first_at: datetime
    last_at: datetime
    lead_alert: UUID
    clock: Clock
    n_alerts: int = 0
    is_over: bool = False
    changes: tuple[SystemChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlert:
    """An alert that is stored already.

    Args:
        incident: Its incident, open or not.
    """

    rev: int
    level: Level
    incident: UUID


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
    """An incident to be stored for the first time, with its first alert and its place."""

    incident: Incident
    lead: AlertData
    node: str
    place: CameraPlace

    @property
    def location(self) -> Location | None:
        """Where it is: as the alert says, else where the camera is registered."""
        if self.lead.location is not None:
            return self.lead.location
        if self.place.lon is None or self.place.lat is None:
            return None
        return Location(lon=self.place.lon, lat=self.place.lat)
