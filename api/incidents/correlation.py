"""Alert → incident: what an alert means for the incident of its key. Pure.

Storage looks up, these functions decide, storage writes down.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from api.accuracy.score import Decision, decide, get_prior, get_thresholds, probability
from api.incidents.lifecycle import IncidentState
from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import AlertData, AlertMessage

PAGE_WITHIN = timedelta(minutes=10)
"""An alert older than this goes to the queue, never to a phone."""

NO_SKEW = timedelta()
"""A clock that agrees with ours."""

MAX_CLOCK_SKEW = timedelta(minutes=5)
"""A box whose clock is off by more is judged by our time; its own is kept with the alert."""

COOL_DOWN = timedelta(hours=2)
"""An incident that opens this soon after one of its key closed is its recurrence."""

REVIEW_WITHIN = {
    Level.CRITICAL: timedelta(seconds=60),
    Level.MAJOR: timedelta(seconds=120),
    Level.MINOR: timedelta(seconds=300),
    Level.INFO: timedelta(seconds=300),
}
"""How long the operator has before a new incident counts as late."""

STATE_AFTER = {
    Decision.PUSH: IncidentState.FILED,
    Decision.REVIEW: IncidentState.NEW,
    Decision.LATE: IncidentState.NEW,
    Decision.STORE: IncidentState.STORED,
}


class Outcome(StrEnum):
    """What became of an alert; the name goes to logs, metrics and timeline."""

    OPENS = "opens"
    JOINS = "joins"
    WORSENS = "worsens"
    ENDS = "ends"
    TOO_LATE = "too_late"

    @property
    def why(self) -> str:
        """The reason in words, for whoever asks why two alerts are one incident."""
        return _WHY[self]


class SystemAction(StrEnum):
    """What the system did with an incident; the name goes to the audit log."""

    OPEN = "open"
    PROMOTE = "lift"
    FILE = "file"
    WORSEN = "worsen"


_WHY = {
    Outcome.OPENS: "no incident of this key was open",
    Outcome.JOINS: "an incident of this key was open",
    Outcome.WORSENS: "an incident of this key was open, at a lower level",
    Outcome.ENDS: "the happening of an open incident is over",
    Outcome.TOO_LATE: "older than its scenario pages for",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPlace:
    """What the centre knows of a camera.

    Args:
        site_group: Cameras of one group share their incidents; ``None`` for a camera alone.
        area_code: The micro-grid it looks at.
    """

    site_group: str | None = None
    area_code: str | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemChange:
    """One line of an incident's history; the actor is the system."""

    action: SystemAction
    from_state: IncidentState | None
    to_state: IncidentState
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Incident:
    """An open incident, as far as alerts change it.

    Args:
        id: ``None`` until it is written for the first time.
        changes: What changed since it was read, in order.
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
    n_alerts: int = 0
    review_due_at: datetime | None = None
    is_over: bool = False
    changes: list[SystemChange] = field(default_factory=list)


def incident_key(alert: AlertData, node: str, place: CameraPlace) -> str:
    """Name the happening: family, place and zone; never a track, as trackers lose them."""
    where = place.site_group or f"{node}/{alert.camera}"
    return f"v1|{alert.scenario}|{where}|{alert.zone}"


def is_stale_alert(
    alert: AlertData, *, now: datetime, page_within: timedelta = PAGE_WITHIN
) -> bool:
    """Tell whether ``alert`` is too old to call anyone for."""
    return now - alert.observed_at > page_within


def correlate(
    alert: AlertMessage, level: Level | None, *, now: datetime, page_within: timedelta = PAGE_WITHIN
) -> Outcome:
    """Judge ``alert`` against the open incident of its key.

    Args:
        level: Of that incident; ``None`` where none is open.
    """
    late = is_stale_alert(alert.data, now=now, page_within=page_within)
    if level is None:
        return Outcome.TOO_LATE if late else Outcome.OPENS
    if alert.change is Change.CLOSED:
        return Outcome.ENDS
    if late:
        return Outcome.TOO_LATE
    return Outcome.WORSENS if alert.data.level > level else Outcome.JOINS


def open_incident(
    key: str, alert: AlertMessage, *, now: datetime, clock_skew: timedelta = NO_SKEW
) -> Incident:
    """Begin an incident with its first alert.

    Args:
        clock_skew: How far the box's clock is ahead of ours.
    """
    data = alert.data
    likely = probability(data.score, get_prior(data.scenario))
    late = is_stale_alert(data, now=now + clock_skew)
    decision = decide(likely, get_thresholds(data.scenario), is_late=late)
    incident = Incident(
        key=key,
        state=IncidentState.STORED if decision is Decision.STORE else IncidentState.NEW,
        level=data.level,
        score=data.score,
        probability=likely,
        decision=decision,
        first_at=data.opened_at - clock_skew,
        last_at=data.observed_at - clock_skew,
        lead_alert=data.alert_id,
        n_alerts=1,
        review_due_at=now + REVIEW_WITHIN[data.level],
        is_over=alert.change is Change.CLOSED,
    )
    incident.changes.append(
        SystemChange(action=SystemAction.OPEN, from_state=None, to_state=incident.state)
    )
    promote(incident, decision)
    return incident


def update_incident(
    incident: Incident,
    alert: AlertMessage,
    *,
    now: datetime,
    is_new: bool,
    clock_skew: timedelta = NO_SKEW,
) -> None:
    """Let ``alert`` change an open incident; a stronger one lifts it towards a phone.

    Args:
        is_new: The alert was not part of it before.
        clock_skew: How far the box's clock is ahead of ours.
    """
    data = alert.data
    incident.n_alerts += is_new
    incident.is_over = incident.is_over and alert.change is Change.CLOSED
    incident.first_at = min(incident.first_at, data.opened_at - clock_skew)
    incident.last_at = max(incident.last_at, data.observed_at - clock_skew)
    if data.level > incident.level:
        reason = f"{incident.level} to {data.level}"
        state = incident.state
        incident.changes.append(
            SystemChange(
                action=SystemAction.WORSEN, from_state=state, to_state=state, reason=reason
            )
        )
        incident.level = data.level
    if data.score <= incident.score:
        return
    incident.score, incident.lead_alert = data.score, data.alert_id
    incident.probability = probability(data.score, get_prior(data.scenario))
    late = is_stale_alert(data, now=now + clock_skew)
    promote(incident, decide(incident.probability, get_thresholds(data.scenario), is_late=late))


def promote(incident: Incident, decision: Decision) -> None:
    """Move an incident towards a worker if ``decision`` outranks the one it had."""
    after = STATE_AFTER[decision]
    if (
        incident.state not in {IncidentState.NEW, IncidentState.STORED}
        or decision.rank < incident.decision.rank
    ):
        return
    incident.decision = decision
    if after is incident.state:
        return
    action = SystemAction.FILE if after is IncidentState.FILED else SystemAction.PROMOTE
    reason = f"P = {incident.probability:.2f}"
    incident.changes.append(
        SystemChange(action=action, from_state=incident.state, to_state=after, reason=reason)
    )
    incident.state = after
    if after is IncidentState.FILED:
        incident.review_due_at = None
