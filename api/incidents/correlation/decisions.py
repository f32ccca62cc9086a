"""Decide what an alert deserves, and what it changes about its incident. Pure.

The store reads the incident, these functions decide, the store writes the result. Which incident
an alert belongs to is decided by ``joining``.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from api.accuracy.decision_policy import clock_level, decide
from api.accuracy.fitting.scoring import PRIOR_SCORING, Scored
from api.accuracy.sampling import inclusion_probability
from api.accuracy.scenario_traits import ScenarioTraits, traits_of
from api.accuracy.score import Decision
from api.accuracy.verdicts.model import configuration_of, model_name
from api.incidents.clocks import Clock, desk, shorten_clock, start_clock
from api.incidents.correlation.false_alarms import Restraint, restrain
from api.incidents.correlation.joining import WAITING
from api.incidents.lifecycle import IncidentState
from api.incidents.model import Incident, Outcome, SystemAction, SystemChange
from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import AlertData, AlertMessage

PAGE_WITHIN = timedelta(minutes=10)
"""An alert older than this goes to the review queue, never to a phone."""

NO_SKEW = timedelta()
"""The skew of a clock that agrees with the clock of the centre."""

RECURRENCE_WITHIN = timedelta(hours=2)
"""An incident whose first alert comes this soon after the last one of an earlier incident of its
key is the recurrence of that one, by event time; ``store.insert_incidents`` compares it."""

STATE_OF_DECISION = {
    Decision.PUSH: IncidentState.FILED,
    Decision.REVIEW: IncidentState.NEW,
    Decision.LATE: IncidentState.NEW,
    Decision.STORE: IncidentState.STORED,
    Decision.SUPPRESSED: IncidentState.STORED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAlert:
    """An alert with what it deserves by itself; all times by the clock of the centre.

    Args:
        decision: What it would get if it opened an incident.
        scored: How likely it is true, and with which calibration and thresholds.
        is_late: It is too old to notify anybody of.
        audit_probability: With which its incident is drawn for an audit, as far as it decides.
        restraint: Why an operator sees it before a phone rings.
        suppression: What withholds its call.
    """

    message: AlertMessage
    decision: Decision
    scored: Scored
    opened_at: datetime
    observed_at: datetime
    is_late: bool
    audit_probability: float
    restraint: Restraint | None = None
    suppression: UUID | None = None

    @property
    def data(self) -> AlertData:
        """The alert."""
        return self.message.data

    @property
    def traits(self) -> ScenarioTraits:
        """The traits of its scenario."""
        return traits_of(self.data.scenario)

    @property
    def needs_desk(self) -> bool:
        """Whether an operator has to look at it before anybody else."""
        return self.decision in {Decision.REVIEW, Decision.LATE}

    @property
    def is_end(self) -> bool:
        """Whether the alert has closed."""
        return self.message.change is Change.CLOSED


def is_stale_alert(
    alert: AlertData, *, now: datetime, page_within: timedelta = PAGE_WITHIN
) -> bool:
    """Return whether ``alert`` is too old to notify anybody of."""
    return now - alert.observed_at > page_within


def judge_alert(
    message: AlertMessage,
    *,
    now: datetime,
    scored: Scored | None = None,
    clock_skew: timedelta = NO_SKEW,
    camera_age: timedelta = timedelta(),
    restraint: Restraint | None = None,
    suppression: UUID | None = None,
) -> JudgedAlert:
    """Decide what an alert deserves by itself.

    Args:
        scored: How likely it is true; ``None`` scores it with the prior of its scenario.
        clock_skew: How far the clock of the node is ahead of the clock of the centre.
        camera_age: Since when its camera reports its scenario with its revision and model.
    """
    data = message.data
    if scored is None:
        scored = PRIOR_SCORING.score(configuration_of(data, str(message.node)), data.score, None)
    judged = JudgedAlert(
        message=message,
        decision=Decision.SUPPRESSED,
        scored=scored,
        opened_at=data.opened_at - clock_skew,
        observed_at=data.observed_at - clock_skew,
        is_late=is_stale_alert(data, now=now + clock_skew),
        audit_probability=inclusion_probability(
            scored.probability, scored.thresholds, camera_age=camera_age
        ),
        restraint=restraint,
        suppression=suppression,
    )
    return replace(judged, decision=_decide(judged, scored.probability, data.level))


def _decide(judged: JudgedAlert, likelihood: float, level: Level) -> Decision:
    """Decide with the probability and level of the alert, or of the incident that it joins."""
    if judged.suppression is not None:
        return Decision.SUPPRESSED
    decision = decide(
        likelihood,
        level,
        judged.traits,
        is_late=judged.is_late,
        thresholds=judged.scored.thresholds,
    )
    return restrain(decision, judged.restraint)


def outcome_of(judged: JudgedAlert, level: Level | None) -> Outcome:
    """Return how an alert came to its incident.

    Args:
        level: Level of the incident before; ``None`` if the alert opens it.
    """
    if judged.is_late and (level is None or not judged.is_end):
        return Outcome.TOO_LATE
    if judged.suppression is not None and not judged.is_end:
        return Outcome.SUPPRESSED
    if level is None:
        return Outcome.OPENS
    if judged.is_end:
        return Outcome.ENDS
    return Outcome.WORSENS if judged.data.level > level else Outcome.JOINS


def open_incident(key: str, judged: JudgedAlert, *, now: datetime) -> Incident:
    """Return a new incident for its first alert."""
    data = judged.data
    is_stored = STATE_OF_DECISION[judged.decision] is IncidentState.STORED
    state = IncidentState.STORED if is_stored else IncidentState.NEW
    incident = Incident(
        key=key,
        family=judged.traits.family,
        scenario=data.scenario,
        state=state,
        level=data.level,
        score=data.score,
        probability=judged.scored.probability,
        calibration_version=judged.scored.calibration,
        threshold_version=judged.scored.threshold,
        decision=judged.decision,
        first_at=judged.opened_at,
        last_at=judged.observed_at,
        lead_alert=data.alert_id,
        n_alerts=1,
        clock=start_clock(
            state, _clock_level(state, data.level, judged.traits), desk(None), now=now
        ),
        is_over=judged.is_end,
        suppression=judged.suppression,
        scenario_rev=data.scenario_rev,
        model=model_name(data.model),
        audit_probability=judged.audit_probability,
        changes=(_opening(judged, state),),
    )
    return promote(incident, judged, judged.decision, now=now)


def update_incident(
    incident: Incident,
    judged: JudgedAlert,
    *,
    now: datetime,
    is_new: bool,
    repeats_call: bool = False,
) -> Incident:
    """Return an open incident as an alert changes it.

    The incident is decided anew: a live alert never inherits that the incident was late, stored or
    suppressed. A decision only becomes stronger. The gravest alert leads, of equal ones the most
    likely: what people read explains the level.

    Args:
        is_new: The alert was not part of the incident before.
        repeats_call: The incident waits for somebody, and calls again at once.
    """
    data = judged.data
    updated = replace(
        incident,
        n_alerts=incident.n_alerts + is_new,
        is_over=incident.is_over and judged.is_end,
        first_at=min(incident.first_at, judged.opened_at),
        last_at=max(incident.last_at, judged.observed_at),
    )
    is_gravest = (data.level, data.score) > (incident.level, incident.score)
    updated = _raise_level(updated, data.level, now=now)
    if is_gravest:
        updated = replace(
            updated,
            lead_alert=data.alert_id,
            scenario=data.scenario,
            scenario_rev=data.scenario_rev,
            model=model_name(data.model),
        )
    if data.score > incident.score:
        updated = _with_score(updated, judged)
    is_live = incident.decision in {Decision.PUSH, Decision.REVIEW}
    likelihood = updated.probability if is_live else judged.scored.probability
    promoted = promote(updated, judged, _decide(judged, likelihood, updated.level), now=now)
    return _call_again(promoted, now) if repeats_call else promoted


def promote(
    incident: Incident, judged: JudgedAlert, decision: Decision, *, now: datetime
) -> Incident:
    """Return the incident in the state of ``decision``, unless that is weaker than its own.

    Only an incident that nobody has reviewed is promoted.
    """
    is_unreviewed = incident.state in {IncidentState.NEW, IncidentState.STORED}
    if not is_unreviewed or decision.rank < incident.decision.rank:
        return incident
    kept = replace(
        incident,
        decision=decision,
        suppression=judged.suppression,
        threshold_version=judged.scored.threshold,
    )
    return _enter_state_of(decision, kept, judged.traits, now=now)


def decide_unsuppressed(
    incident: Incident, restraint: Restraint | None, scored: Scored, *, now: datetime
) -> Incident:
    """Return a suppressed incident that goes on when its suppression ends, decided anew.

    Args:
        restraint: Why an operator sees it before a phone rings.
    """
    traits = traits_of(incident.scenario)
    decision = decide(
        scored.probability, incident.level, traits, is_late=False, thresholds=scored.thresholds
    )
    decision = restrain(decision, restraint)
    kept = replace(
        incident,
        decision=decision,
        suppression=None,
        probability=scored.probability,
        calibration_version=scored.calibration,
        threshold_version=scored.threshold,
    )
    return _enter_state_of(decision, kept, traits, now=now)


def _enter_state_of(
    decision: Decision, incident: Incident, traits: ScenarioTraits, *, now: datetime
) -> Incident:
    """Return an incident in the state that follows from a decision, with its clock."""
    to_state = STATE_OF_DECISION[decision]
    if to_state is incident.state or incident.clock is None:
        return incident
    is_filed = to_state is IncidentState.FILED
    change = SystemChange(
        action=SystemAction.FILE if is_filed else SystemAction.PROMOTE,
        from_state=incident.state,
        to_state=to_state,
        reason=f"P = {incident.probability:.2f}",
        detail={"probability": round(incident.probability, 4)},
    )
    level = _clock_level(to_state, incident.level, traits)
    return replace(
        incident,
        state=to_state,
        clock=start_clock(to_state, level, incident.clock.responsible, now=now),
        changes=(*incident.changes, change),
    )


def inherit(incident: Incident, earlier: Incident, *, now: datetime) -> Incident:
    """Return a new incident that takes over from one that waited in vain: never less urgent."""
    inherited = _raise_level(incident, earlier.level, now=now)
    change = SystemChange(
        action=SystemAction.RECUR,
        from_state=incident.state,
        to_state=incident.state,
        detail={"earlier": str(earlier.id)},
    )
    return replace(inherited, changes=(*inherited.changes, change))


def as_child(incident: Incident, reason: dict[str, object]) -> Incident:
    """Return a new incident as part of another: it has no clock, and calls nobody by itself."""
    merged = IncidentState.MERGED
    change = SystemChange(
        action=SystemAction.MERGE, from_state=None, to_state=merged, detail=reason
    )
    return replace(incident, state=merged, clock=None, changes=(change,))


def as_parent(incident: Incident, kind: str) -> Incident:
    """Return a new incident as the parent of a storm: it stands for all incidents of a kind.

    Those are judged one by one, so that the parent is not part of the accuracy statistics.
    """
    return replace(incident, family=kind, audit_probability=None)


def absorb(incident: Incident, reason: dict[str, object]) -> Incident:
    """Return an incident with an entry of another that became part of it."""
    change = SystemChange(
        action=SystemAction.ABSORB,
        from_state=incident.state,
        to_state=incident.state,
        detail=reason,
    )
    return replace(incident, changes=(*incident.changes, change))


def _opening(judged: JudgedAlert, state: IncidentState) -> SystemChange:
    """Return the entry of a new incident, with what keeps it from ringing a phone."""
    detail: dict[str, object] = {}
    if judged.restraint is not None:
        detail["restraint"] = judged.restraint
    if judged.suppression is not None:
        detail["suppression"] = str(judged.suppression)
    return SystemChange(action=SystemAction.OPEN, from_state=None, to_state=state, detail=detail)


def _with_score(incident: Incident, judged: JudgedAlert) -> Incident:
    """Return an incident with the score of a more likely alert.

    The chance of an audit only rises: one number per incident decides whether it is drawn
    (``sampling.is_drawn``), so that the highest chance is the one with which it was drawn.
    """
    drawn = incident.audit_probability
    return replace(
        incident,
        score=judged.data.score,
        probability=judged.scored.probability,
        calibration_version=judged.scored.calibration,
        audit_probability=None if drawn is None else max(drawn, judged.audit_probability),
    )


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
    clock = incident.clock and shorten_clock(incident.clock, incident.state, level, now=now)
    return replace(incident, level=level, clock=clock, changes=(*incident.changes, change))


def _call_again(incident: Incident, now: datetime) -> Incident:
    """Return an incident that waits for somebody with its next call at once."""
    if incident.clock is None or incident.state not in WAITING:
        return incident
    change = SystemChange(
        action=SystemAction.REPEAT_CALL, from_state=incident.state, to_state=incident.state
    )
    clock: Clock = replace(incident.clock, next_action_at=min(incident.clock.next_action_at, now))
    return replace(incident, clock=clock, changes=(*incident.changes, change))


def _clock_level(state: IncidentState, level: Level, traits: ScenarioTraits) -> Level:
    """Return the level whose clock runs: a review on which a life depends is never slow."""
    return clock_level(level, traits) if state is IncidentState.NEW else level
