"""Compare what the centre made of the day with what truly happened. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from api.accuracy.reporting.alarm_load import ACCEPTABLE_PER_HOUR, Alarm, measure_load
from gridwatch.simulation.matters import (
    Matter,
    count_doubled_alerts,
    group_by_happening,
    is_split,
    list_matters,
    list_stranded,
)
from gridwatch.simulation.queries import DayOutcome
from gridwatch.simulation.world.truth import Truth

BUSIEST = timedelta(minutes=10)
PROMISED_PRECISION = 0.988


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
        flood_share: Share of the time of all consoles with more than one person can handle.
        consoles_needed: Consoles that would do at six such rows an hour.
        without_operator_share: Incidents about safety that asked no operator.
        pushed_precision: True ones among those for which a worker was called before anybody looked.
        without_operator_at_promise: Largest share that could be pushed in the order of their
            probability, with ``PROMISED_PRECISION`` true, by one who knows the truth.
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
    flood_share: float
    consoles_needed: int
    without_operator_share: float
    pushed_precision: float
    without_operator_at_promise: float
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
    matters = list_matters(truth, outcome)
    true_matters = [matter for matter in matters if matter.numbers]
    by_number = group_by_happening(true_matters)
    n = len(by_number) or 1
    load = measure_load(outcome.desk_alarms, [], since=now - timedelta(hours=hours), until=now)
    safety = [matter for matter in matters if not matter.incident.is_equipment]
    asked = {alarm.incident for alarm in outcome.desk_alarms}
    not_asked = sum(matter.incident.id not in asked for matter in safety)
    pushed = [matter for matter in safety if matter.incident.is_pushed]
    return Figures(
        happenings=len(by_number),
        incidents=len(true_matters),
        incidents_per_happening=round(len(true_matters) / n, 4),
        false_incidents=sum(
            not matter.numbers and not matter.incident.is_equipment for matter in matters
        ),
        equipment_incidents=sum(matter.incident.is_equipment for matter in matters),
        wrong_merges=sum(len(matter.numbers) > 1 for matter in true_matters),
        wrong_splits=sum(is_split(group) for group in by_number.values()),
        notifications_per_happening=round(outcome.n_notifications / n, 3),
        desk_rows_per_hour=round(len(outcome.desk_alarms) / hours / consoles, 2),
        consoles_needed=math.ceil(len(outcome.desk_alarms) / hours / ACCEPTABLE_PER_HOUR),
        flood_share=round(load.flood_share, 4),
        without_operator_share=round(_share(not_asked, len(safety)), 4),
        pushed_precision=round(_share(sum(bool(m.numbers) for m in pushed), len(pushed)), 4),
        without_operator_at_promise=round(share_at_promise(safety), 4),
        verifications_per_hour=round(outcome.n_verifications / hours / consoles, 2),
        busiest_10_min=_busiest(outcome.desk_alarms),
        longest_unanswered_s=round(
            max((matter.wait_s(now) for matter in true_matters), default=0), 1
        ),
        unanswered=sum(m.is_called and m.answered_at is None for m in true_matters),
        lost=len(sent.revisions - outcome.revisions - sent.unconfirmed),
        doubled=sum(count_doubled_alerts(outcome).values()) + len(outcome.repeated_steps),
        stranded=len(list_stranded(outcome) | sent.found_by_audit),
        early=sent.early,
    )


def share_at_promise(matters: Sequence[Matter]) -> float:
    """Return the largest share that could be pushed by probability with the promised precision."""
    ordered = sorted(matters, key=lambda matter: -matter.incident.probability)
    best = n_true = 0
    for n, matter in enumerate(ordered, start=1):
        n_true += bool(matter.numbers)
        if n_true >= PROMISED_PRECISION * n:
            best = n
    return _share(best, len(matters))


def _busiest(alarms: Iterable[Alarm]) -> int:
    """Return the most alarms of one desk in any ten minutes."""
    by_desk: dict[str, list[datetime]] = defaultdict(list)
    most = 0
    for alarm in alarms:
        recent = [at for at in by_desk[alarm.desk] if alarm.at - at < BUSIEST]
        by_desk[alarm.desk] = [*recent, alarm.at]
        most = max(most, len(by_desk[alarm.desk]))
    return most


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0
