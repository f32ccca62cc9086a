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


@dataclass(frozen=True, slots=True)
class _Matter:
    """An incident with everything that was merged into it.

    Args:
        numbers: The true happenings whose alerts it holds.
    """

    incident: IncidentOutcome
    numbers: frozenset[int]
    is_called: bool
    answered_at: datetime | None


def judge(
    truth: Truth, sent: Sent, outcome: DayOutcome, *, hours: float, consoles: int, now: datetime
) -> Figures:
    """Compute the figures of a day."""
    matters = _matters(truth, outcome)
    true_matters = [matter for matter in matters if matter.numbers]
    waits = [
        ((matter.answered_at or now) - matter.incident.created_at).total_seconds()
        for matter in true_matters
        if matter.is_called
    ]
    by_number = _by_number(true_matters)
    n = len(by_number) or 1
    return Figures(
        happenings=len(by_number),
        incidents=len(true_matters),
        incidents_per_happening=round(len(true_matters) / n, 4),
        false_incidents=sum(
            not matter.numbers and not matter.incident.is_equipment for matter in matters
        ),
        equipment_incidents=sum(matter.incident.is_equipment for matter in matters),
        wrong_merges=sum(len(matter.numbers) > 1 for matter in true_matters),
        wrong_splits=sum(_is_split(group) for group in by_number.values()),
        notifications_per_happening=round(outcome.n_notifications / n, 3),
        desk_rows_per_hour=round(len(outcome.desk_rows) / hours / consoles, 2),
        verifications_per_hour=round(outcome.n_verifications / hours / consoles, 2),
        busiest_10_min=_busiest(outcome.desk_rows),
        longest_unanswered_s=round(max(waits, default=0), 1),
        unanswered=sum(m.is_called and m.answered_at is None for m in true_matters),
        lost=len(sent.revisions - outcome.revisions - sent.unconfirmed),
        doubled=_doubled_alerts(outcome) + outcome.repeated_steps,
        stranded=len(_stranded(outcome) | sent.found_by_audit),
        early=sent.early,
    )


def _matters(truth: Truth, outcome: DayOutcome) -> list[_Matter]:
    """Join the incidents that were merged, and find the true happenings that each holds."""
    numbers: dict[UUID, set[int]] = defaultdict(set)
    for alert in outcome.alerts:
        numbers[alert.incident].add(truth.number_of_alert[alert.alert_id])
    members: dict[UUID, list[IncidentOutcome]] = defaultdict(list)
    for incident in outcome.incidents:
        members[incident.root or incident.id].append(incident)
    return [
        _Matter(
            incident,
            numbers=frozenset().union(*(numbers[m.id] for m in members[incident.id]))
            & truth.true_numbers,
            is_called=any(m.is_called for m in members[incident.id]),
            answered_at=min(
                filter(None, (m.answered_at for m in members[incident.id])), default=None
            ),
        )
        for incident in outcome.incidents
        if incident.root is None
    ]


def _by_number(matters: Iterable[_Matter]) -> Mapping[int, list[_Matter]]:
    """Return the matters of each true happening, oldest first."""
    groups: dict[int, list[_Matter]] = defaultdict(list)
    for matter in matters:
        for number in matter.numbers:
            groups[number].append(matter)
    return groups


def _is_split(matters: Sequence[_Matter]) -> bool:
    """Return whether several incidents of one happening are not all linked to the first."""
    first, *others = (matter.incident for matter in matters)
    linked = {first.id}
    for incident in others:
        if incident.recurrence_of in linked:
            linked.add(incident.id)
    return len(linked) < len(matters)


def _stranded(outcome: DayOutcome) -> set[UUID]:
    return {i.id for i in outcome.incidents if i.is_late or i.is_silent}


def _doubled_alerts(outcome: DayOutcome) -> int:
    """Return how many alerts the open incidents count that are not stored in them."""
    roots = {incident.id: incident.root or incident.id for incident in outcome.incidents}
    stored = Counter(roots[alert.incident] for alert in outcome.alerts)
    return sum(
        max(0, incident.n_alerts - stored[incident.id])
        for incident in outcome.incidents
        if incident.is_open and not incident.is_equipment
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
