"""Which incidents hold which true happenings, and what of that is wrong. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridwatch.simulation.queries import DayOutcome, IncidentOutcome
from gridwatch.simulation.world.truth import Truth


@dataclass(frozen=True, slots=True)
class Matter:
    """An incident with everything that was merged into it.

    Args:
        numbers: The true happenings whose alerts it holds.
        is_called: Somebody was notified.
        answered_at: When a person first accepted, confirmed or rejected it.
    """

    incident: IncidentOutcome
    numbers: frozenset[int]
    is_called: bool
    answered_at: datetime | None

    def wait_s(self, now: datetime) -> float:
        """Return how long it has waited for a person; 0 if it called nobody."""
        if not self.is_called:
            return 0
        return ((self.answered_at or now) - self.incident.created_at).total_seconds()


def list_matters(truth: Truth, outcome: DayOutcome) -> list[Matter]:
    """Join the incidents that were merged, and find the true happenings that each holds."""
    numbers: dict[UUID, set[int]] = defaultdict(set)
    for alert in outcome.alerts:
        numbers[alert.incident].add(truth.number_of_alert[alert.alert_id])
    members: dict[UUID, list[IncidentOutcome]] = defaultdict(list)
    for incident in outcome.incidents:
        members[incident.root or incident.id].append(incident)
    return [
        Matter(
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


def group_by_happening(matters: Iterable[Matter]) -> Mapping[int, list[Matter]]:
    """Return the matters of each true happening, oldest first."""
    groups: dict[int, list[Matter]] = defaultdict(list)
    for matter in matters:
        for number in matter.numbers:
            groups[number].append(matter)
    return groups


def is_split(matters: Sequence[Matter]) -> bool:
    """Return whether several incidents of one happening are not all linked to the first."""
    first, *others = (matter.incident for matter in matters)
    linked = {first.id}
    for incident in others:
        if incident.recurrence_of in linked:
            linked.add(incident.id)
    return len(linked) < len(matters)


def count_doubled_alerts(outcome: DayOutcome) -> dict[UUID, int]:
    """Return by open incident how many alerts it counts that are not stored in it, if any."""
    roots = {incident.id: incident.root or incident.id for incident in outcome.incidents}
    stored = Counter(roots[alert.incident] for alert in outcome.alerts)
    return {
        incident.id: incident.n_alerts - stored[incident.id]
        for incident in outcome.incidents
        if incident.is_open
        and not incident.is_equipment
        and incident.n_alerts > stored[incident.id]
    }


def list_stranded(outcome: DayOutcome) -> set[UUID]:
    """Return the incidents that should have moved or reminded somebody, and have not."""
    return {incident.id for incident in outcome.incidents if incident.is_late or incident.is_silent}
