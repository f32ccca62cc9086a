"""Compare what the centre made of the day with what truly happened. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gridwatch.simulation.queries import DayOutcome, IncidentOutcome
from gridwatch.simulation.world.truth import Truth

BUSIEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the nodes did.

    Args:
        revisions: Alert id and revision of each message a node decided on.
        unconfirmed: Messages that still wait for a receipt in an outbox.
        early: Steps of a clock before its time.
        found_by_audit: Incidents that the self-audit of the centre reported.
    """

    revisions: frozenset[tuple[UUID, int]]
    unconfirmed: frozenset[tuple[UUID, int]]
    early: int
    found_by_audit: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The output of ``gridwatch simulate``.

    Args:
        happenings: True happenings of which an alert reached the centre.
        incidents: Incidents that hold an alert of a true happening.
        false_incidents: Incidents that hold false alerts only.
        equipment_incidents: Incidents about nodes, cameras and the roster.
        wrong_merges: Incidents that hold alerts of two true happenings.
        wrong_splits: Happenings with several incidents that no link joins.
        unanswered: Incidents of true happenings that called somebody, without an answer yet.
        desk_rows_per_hour: Incidents that asked an operator to decide or to help, per hour and
            console; verifications are counted apart.
        busiest_10_min: Most such rows of one console in ten minutes.
        longest_unanswered_s: Longest time from an incident of a true happening that called
            somebody to the first acknowledgement by a person.
        lost: Messages that a node decided on and that are neither stored nor in its outbox.
        doubled: Alerts counted twice, and steps of a clock that were done twice.
        stranded: Open incidents past their due time of which nobody was reminded, at the end of the
            day or whenever the self-audit looked.
        early: Steps of a clock before its time.
    """

    happenings: int
    incidents: int
    false_incidents: int
    equipment_incidents: int
    incidents_per_happening: float
    wrong_merges: int
    wrong_splits: int
    notifications_per_happening: float
    desk_rows_per_hour: float
    busiest_10_min: int
    verifications_per_hour: float
    longest_unanswered_s: float
    unanswered: int
    lost: int
    doubled: int
    stranded: int
    early: int

    @property
    def is_sound(self) -> bool:
        """Whether nothing was lost, doubled, stranded or early."""
        return not (self.lost or self.doubled or self.stranded or self.early)


def judge(
    truth: Truth, sent: Sent, outcome: DayOutcome, *, hours: float, consoles: int, now: datetime
) -> Figures:
    """Compute the figures of a day."""
    by_incident = _happenings_of_incidents(truth, outcome)
    true_numbers = {h.number for h in truth.happenings if h.is_true}
    seen = {number for numbers in by_incident.values() for number in numbers} & true_numbers
    true_incidents = [i for i in outcome.incidents if by_incident[i.id] & true_numbers]
    waits = [
        ((incident.answered_at or now) - incident.created_at).total_seconds()
        for incident in true_incidents
        if incident.is_called
    ]
    n = len(seen) or 1
    return Figures(
        happenings=len(seen),
        incidents=len(true_incidents),
        false_incidents=sum(
            not incident.is_equipment and not by_incident[incident.id] & true_numbers
            for incident in outcome.incidents
        ),
        equipment_incidents=sum(incident.is_equipment for incident in outcome.incidents),
        incidents_per_happening=round(len(true_incidents) / n, 4),
        wrong_merges=sum(len(numbers & true_numbers) > 1 for numbers in by_incident.values()),
        wrong_splits=sum(_is_split(group) for group in _groups(by_incident, outcome, true_numbers)),
        notifications_per_happening=round(outcome.n_notifications / n, 3),
        desk_rows_per_hour=round(len(outcome.desk_rows) / hours / consoles, 2),
        verifications_per_hour=round(outcome.n_verifications / hours / consoles, 2),
        busiest_10_min=_busiest(outcome.desk_rows),
        longest_unanswered_s=round(max(waits, default=0), 1),
        unanswered=sum(i.is_called and i.answered_at is None for i in true_incidents),
        lost=len(sent.revisions - outcome.revisions - sent.unconfirmed),
        doubled=_doubled_alerts(outcome) + outcome.repeated_steps,
        stranded=len(_stranded(outcome) | sent.found_by_audit),
        early=sent.early,
    )


def _happenings_of_incidents(truth: Truth, outcome: DayOutcome) -> Mapping[UUID, set[int]]:
    numbers: dict[UUID, set[int]] = defaultdict(set)
    for alert in outcome.alerts:
        numbers[alert.incident].add(truth.number_of_alert[alert.alert_id])
    return numbers


def _groups(
    by_incident: Mapping[UUID, set[int]], outcome: DayOutcome, true_numbers: set[int]
) -> Iterable[list[IncidentOutcome]]:
    """Yield the incidents of each true happening."""
    groups: dict[int, list[IncidentOutcome]] = defaultdict(list)
    for incident in outcome.incidents:
        for number in by_incident[incident.id] & true_numbers:
            groups[number].append(incident)
    return groups.values()


def _is_split(incidents: Sequence[IncidentOutcome]) -> bool:
    """Return whether several incidents of one happening are not all linked to the first."""
    first, *others = incidents
    linked = {first.id}
    for incident in others:
        if incident.recurrence_of in linked:
            linked.add(incident.id)
    return len(linked) < len(incidents)


def _stranded(outcome: DayOutcome) -> set[UUID]:
    return {i.id for i in outcome.incidents if i.is_late or i.is_silent}


def _doubled_alerts(outcome: DayOutcome) -> int:
    stored = Counter(alert.incident for alert in outcome.alerts)
    return sum(
        max(0, incident.n_alerts - stored[incident.id])
        for incident in outcome.incidents
        if not incident.is_equipment
    )


def _busiest(rows: Iterable[tuple[str, datetime]]) -> int:
    """Return the most rows of one street in ten minutes."""
    by_street: dict[str, list[datetime]] = defaultdict(list)
    most = 0
    for street, at in rows:
        recent = [time for time in by_street[street] if at - time < BUSIEST]
        by_street[street] = [*recent, at]
        most = max(most, len(by_street[street]))
    return most
