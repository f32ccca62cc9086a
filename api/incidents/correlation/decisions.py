"""Decide what an alert means for the incident of its key. Pure: nothing is mutated.

The store reads the incident, these functions decide, the store writes the result.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from api.accuracy.score import Decision, decide, get_prior, get_thresholds, probability
from api.incidents.clocks import desk, shorten_clock, start_clock
from api.incidents.lifecycle import IncidentState
from api.incidents.model import (
    CameraPlace,
    Incident,
    IncidentChoice,
    Outcome,
    StoredAlert,
    SystemAction,
    SystemChange,
)
from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import AlertData, AlertMessage

PAGE_WITHIN = timedelta(minutes=10)
"""An alert older than this goes to the review queue, never to a phone."""

NO_SKEW = timedelta()
"""The skew of a clock that agrees with the clock of the centre."""

RECURRENCE_WITHIN = timedelta(hours=2)
"""An incident that opens this soon after the last alert of an earlier one of its key is the
recurrence of that one. The time counts from ``last_at``; ``store.insert_incidents`` compares it."""

STATE_OF_DECISION = {
    Decision.PUSH: IncidentState.FILED,
    Decision.REVIEW: IncidentState.NEW,
    Decision.LATE: IncidentState.NEW,
    Decision.STORE: IncidentState.STORED,
}


def incident_key(alert: AlertData, node: str, place: CameraPlace) -> str:
    """Return the key that makes alerts one incident: scenario, place and zone.

    The track is never part of it, as trackers lose tracks.
    """
    location = place.site_group or f"{node}/{alert.camera}"
    return f"v1|{alert.scenario}|{location}|{alert.zone}"


def choose_incident(
    alert: AlertData, stored: StoredAlert | None, open_incident: Incident | None
) -> IncidentChoice:
    """Choose the incident that an alert belongs to.

    A revision of an alert stays with the incident of the alert, even if that is closed, so that
    an alert does not reopen a matter that is settled. Only a higher level takes it to another.

    Args:
        stored: The alert as it is stored; ``None`` if it is new.
        open_incident: The open incident of its key; ``None`` if there is none.
    """
    if stored is not None:
        if open_incident is not None and stored.incident == open_incident.id:
            return IncidentChoice.SAME
        if alert.level <= stored.level:
            return IncidentChoice.PREVIOUS
    return IncidentChoice.NEW if open_incident is None else IncidentChoice.OPEN


def is_stale_alert(
    alert: AlertData, *, now: datetime, page_within: timedelta = PAGE_WITHIN
) -> bool:
    """Return whether ``alert`` is too old to notify anybody of."""
    return now - alert.observed_at > page_within


def correlate(
    alert: AlertMessage, level: Level | None, *, now: datetime, page_within: timedelta = PAGE_WITHIN
) -> Outcome:
    """Decide how ``alert`` relates to the open incident of its key.

    Args:
        level: Level of that incident; ``None`` if none is open.
    """
    is_stale = is_stale_alert(alert.data, now=now, page_within=page_within)
    if level is None:
        return Outcome.TOO_LATE if is_stale else Outcome.OPENS
    if alert.change is Change.CLOSED:
        return Outcome.ENDS
    if is_stale:
        return Outcome.TOO_LATE
    return Outcome.WORSENS if alert.data.level > level else Outcome.JOINS


def open_incident(
    key: str, alert: AlertMessage, *, now: datetime, clock_skew: timedelta = NO_SKEW
) -> Incident:
    """Return a new incident for its first alert.

    Args:
        clock_skew: How far the clock of the node is ahead of the clock of the centre.
    """
    data = alert.data
    likelihood = probability(data.score, get_prior(data.scenario))
    is_stale = is_stale_alert(data, now=now + clock_skew)
    decision = decide(likelihood, get_thresholds(data.scenario), is_late=is_stale)
    state = IncidentState.STORED if decision is Decision.STORE else IncidentState.NEW
    incident = Incident(
        key=key,
        state=state,
        level=data.level,
        score=data.score,
        probability=likelihood,
        decision=decision,
        first_at=data.opened_at - clock_skew,
        last_at=data.observed_at - clock_skew,
        lead_alert=data.alert_id,
        n_alerts=1,
        clock=start_clock(state, data.level, desk(None), now=now),
        is_over=alert.change is Change.CLOSED,
        changes=(SystemChange(action=SystemAction.OPEN, from_state=None, to_state=state),),
    )
    return promote(incident, decision, now=now)


def update_incident(
    incident: Incident,
    alert: AlertMessage,
    *,
    now: datetime,
    is_new: bool,
    clock_skew: timedelta = NO_SKEW,
) -> Incident:
    """Return an open incident as ``alert`` changes it; a stronger alert promotes it.

    Args:
        is_new: The alert was not part of the incident before.
        clock_skew: How far the clock of the node is ahead of the clock of the centre.
    """
    data = alert.data
    updated = replace(
        incident,
        n_alerts=incident.n_alerts + is_new,
        is_over=incident.is_over and alert.change is Change.CLOSED,
        first_at=min(incident.first_at, data.opened_at - clock_skew),
        last_at=max(incident.last_at, data.observed_at - clock_skew),
    )
    updated = _raise_level(updated, data.level, now=now)
    if data.score <= incident.score:
        return updated
    likelihood = probability(data.score, get_prior(data.scenario))
    updated = replace(updated, score=data.score, lead_alert=data.alert_id, probability=likelihood)
    is_stale = is_stale_alert(data, now=now + clock_skew)
    decision = decide(likelihood, get_thresholds(data.scenario), is_late=is_stale)
    return promote(updated, decision, now=now)


def _raise_level(incident: Incident, level: Level, *, now: datetime) -> Incident:
    if level <= incident.level:
        return incident
    change = SystemChange(
        action=SystemAction.WORSEN,
        from_state=incident.state,
        to_state=incident.state,
        reason=f"{incident.level} to {level}",
        detail={"from_level": incident.level, "to_level": level},
    )
    clock = shorten_clock(incident.clock, incident.state, level, now=now)
    return replace(incident, level=level, clock=clock, changes=(*incident.changes, change))


def promote(incident: Incident, decision: Decision, *, now: datetime) -> Incident:
    """Return the incident in the state of ``decision``, unless that is weaker than its own.

    Only an incident that nobody has reviewed is promoted.
    """
    is_unreviewed = incident.state in {IncidentState.NEW, IncidentState.STORED}
    if not is_unreviewed or decision.rank < incident.decision.rank:
        return incident
    to_state = STATE_OF_DECISION[decision]
    if to_state is incident.state:
        return replace(incident, decision=decision)
    is_filed = to_state is IncidentState.FILED
    change = SystemChange(
        action=SystemAction.FILE if is_filed else SystemAction.PROMOTE,
        from_state=incident.state,
        to_state=to_state,
        reason=f"P = {incident.probability:.2f}",
        detail={"probability": round(incident.probability, 4)},
    )
    return replace(
        incident,
        decision=decision,
        state=to_state,
        clock=start_clock(to_state, incident.level, incident.clock.responsible, now=now),
        changes=(*incident.changes, change),
    )
