"""Tell what led to each fault of a day: the alerts and steps of its incidents, in order. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridwatch.simulation.judge import Sent
from gridwatch.simulation.matters import (
    Matter,
    count_doubled_alerts,
    group_by_happening,
    is_split,
    list_matters,
    list_stranded,
)
from gridwatch.simulation.queries import DayOutcome, Entry, IncidentOutcome, StoredAlert
from gridwatch.simulation.world.model import Happening
from gridwatch.simulation.world.truth import Truth

N_LONGEST = 3
"""How many of the incidents that waited longest for an answer are told."""


@dataclass(frozen=True, slots=True)
class Story:
    """What led to a fault.

    Args:
        figure: The figure that counts it.
        lines: What happened, in order, each with its time.
    """

    figure: str
    lines: tuple[str, ...]


def tell_stories(truth: Truth, sent: Sent, outcome: DayOutcome, *, now: datetime) -> list[Story]:
    """Tell what led to each fault, and to the longest waits for an answer.

    Args:
        now: The end of the day.
    """
    matters = [matter for matter in list_matters(truth, outcome) if matter.numbers]
    teller = _Teller(truth, outcome)
    faults = [
        *(
            ("wrong_splits", [matter.incident.id for matter in group])
            for group in group_by_happening(matters).values()
            if is_split(group)
        ),
        *(("wrong_merges", [m.incident.id]) for m in matters if len(m.numbers) > 1),
        *(("doubled", [incident]) for incident in count_doubled_alerts(outcome)),
        *(("doubled", [step.incident]) for step in outcome.repeated_steps),
        *(("stranded", [i]) for i in sorted(list_stranded(outcome) | sent.found_by_audit)),
        *(("longest_unanswered_s", [m.incident.id]) for m in _longest(matters, now)),
    ]
    return [Story(figure, tuple(teller.tell(incidents))) for figure, incidents in faults]


def _longest(matters: Iterable[Matter], now: datetime) -> list[Matter]:
    return sorted(matters, key=lambda matter: matter.wait_s(now), reverse=True)[:N_LONGEST]


class _Teller:
    """Knows what was done with each incident."""

    def __init__(self, truth: Truth, outcome: DayOutcome) -> None:
        self._truth = truth
        self._outcome = outcome
        self._happenings = {happening.number: happening for happening in truth.happenings}

    def tell(self, roots: Iterable[UUID]) -> Iterator[str]:
        """Yield the happenings of incidents, the incidents, and what was done with them."""
        asked = set(roots)
        incidents = [i for i in self._outcome.incidents if i.id in asked or i.root in asked]
        ids = {incident.id for incident in incidents}
        alerts = [alert for alert in self._outcome.alerts if alert.incident in ids]
        numbers = {self._truth.number_of_alert[alert.alert_id] for alert in alerts}
        yield from (_happening(self._happenings[number]) for number in sorted(numbers))
        yield from map(_incident, incidents)
        events = [(alert.opened_at, self._alert(alert)) for alert in alerts]
        events += [
            (entry.at, _entry(entry)) for entry in self._outcome.entries if entry.incident in ids
        ]
        for at, line in sorted(events, key=lambda event: event[0]):
            yield f"{_time(at)} {line}"

    def _alert(self, alert: StoredAlert) -> str:
        number = self._truth.number_of_alert[alert.alert_id]
        return (
            f"happening {number}: {alert.scenario} on {alert.camera}, {alert.how}"
            f" {_short(alert.incident)}, revision {alert.rev} of {_time(alert.observed_at)}"
            f" stored at {_time(alert.received_at)}"
        )


def _entry(entry: Entry) -> str:
    step = f"{entry.actor} {entry.action} {entry.to_state} {entry.reason}".rstrip()
    return f"{_short(entry.incident)}: {step}"


def _happening(happening: Happening) -> str:
    kind = "happening" if happening.is_true else "false alert"
    worse = f", critical at {_time(happening.worsens_at)}" if happening.worsens_at else ""
    return (
        f"{kind} {happening.number}: {happening.kind.family} at {happening.place.name} from"
        f" {_time(happening.starts_at)} to {_time(happening.ends_at)}, {happening.level}{worse},"
        f" {len(happening.place.cameras)} cameras"
    )


def _incident(incident: IncidentOutcome) -> str:
    links = [
        f"{name} {_short(other)}"
        for name, other in (("part of", incident.root), ("recurrence of", incident.recurrence_of))
        if other is not None
    ]
    return (
        f"incident {_short(incident.id)}: {incident.key}, {incident.level}, {incident.state},"
        f" opened at {_time(incident.created_at)}, {incident.n_alerts} alerts"
        f"{', '.join(['', *links])}"
    )


def _short(incident: UUID) -> str:
    """Return the end of an id; ids of one minute begin alike."""
    return incident.hex[-8:]


def _time(at: datetime) -> str:
    return f"{at:%m-%d %H:%M:%S}"
