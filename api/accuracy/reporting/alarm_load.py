"""Measure how many alarms operators get, by ANSI/ISA-18.2-2016 (chapter 16) and EEMUA 191. Pure.

An alarm is an incident that asks a desk to decide or to help. A desk is one operator position,
whoever sits at it. The norms count in fixed intervals of ten minutes: a flood begins with one of
more than 10 alarms and ends with one of fewer than 5.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

INTERVAL = timedelta(minutes=10)
HOUR = timedelta(hours=1)
FLOOD_BEGINS_ABOVE, FLOOD_ENDS_BELOW = 10, 5
"""Alarms of one position in ten minutes."""
BUSY_HOUR_ABOVE = 30
"""Alarms of one position in an hour."""
STANDING_AFTER = timedelta(hours=24)
TOP = 10
ACCEPTABLE_PER_HOUR, MANAGEABLE_PER_HOUR = 6.0, 12.0
"""Per operator: "very likely acceptable" and "maximum manageable" (ISA-18.2, table 7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An incident that asked an operator.

    Args:
        at: When it first asked.
        desk: Area of the desk.
        source: What caused it: node, camera and scenario.
        ended_at: When the matter was over; ``None`` while it goes on.
    """

    incident: UUID
    at: datetime
    desk: str
    source: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLoad:
    """How many alarms come from one source; ``share`` of all alarms."""

    source: str
    n: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskLoad:
    """The load of one desk.

    Args:
        per_hour: Mean alarms in an hour.
        most_in_10_min: Of all intervals.
        most_in_hour: Of all full hours.
    """

    desk: str
    alarms: int
    per_hour: float
    most_in_10_min: int
    most_in_hour: int
    flood_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmLoad:
    """The load of all desks.

    Args:
        hours: Length of the time.
        per_operator_hour: Mean alarms of a desk in an hour.
        share_above_10: Of the intervals of ten minutes, those with more than 10 alarms.
        share_busy_hours: Of the hours of all desks, those with more than 30 alarms.
        flood_share: Share of the time of all desks in a flood.
        top_share: Share of the ten sources with most alarms.
        standing: Alarms that lasted more than 24 hours, or do by now.
        by_hour: Alarms of all desks, by the start of the hour; hours without any are left out.
    """

    alarms: int
    desks: tuple[DeskLoad, ...]
    hours: float
    per_operator_hour: float
    most_in_10_min: int
    share_above_10: float
    share_busy_hours: float
    flood_share: float
    top_sources: tuple[SourceLoad, ...]
    top_share: float
    standing: int
    by_hour: tuple[tuple[datetime, int], ...]


def measure_load(
    alarms: Sequence[Alarm], desks: Iterable[str], *, since: datetime, until: datetime
) -> AlarmLoad:
    """Measure the load of a time.

    Args:
        alarms: Those from ``since`` to before ``until``, in any order.
        desks: All desks, also those without an alarm.
        since: Intervals and hours are counted from here; the last ones may be shorter.
    """
    names = sorted({*desks, *(alarm.desk for alarm in alarms)})
    length = max(until - since, timedelta())
    intervals = {name: _count(alarms, name, since, INTERVAL) for name in names}
    hours = {name: _count(alarms, name, since, HOUR) for name in names}
    floods = {name: _count_flood(counts) for name, counts in intervals.items()}
    n_intervals, n_hours = _parts(length, INTERVAL), _parts(length, HOUR)
    loads = tuple(
        DeskLoad(
            desk=name,
            alarms=sum(intervals[name].values()),
            per_hour=_share(sum(intervals[name].values()), length / HOUR),
            most_in_10_min=max(intervals[name].values(), default=0),
            most_in_hour=max(hours[name].values(), default=0),
            flood_share=_share(floods[name], n_intervals),
        )
        for name in names
    )
    top = Counter(alarm.source for alarm in alarms).most_common(TOP)
    above = sum(n > FLOOD_BEGINS_ABOVE for counts in intervals.values() for n in counts.values())
    busy = sum(n > BUSY_HOUR_ABOVE for counts in hours.values() for n in counts.values())
    return AlarmLoad(
        alarms=len(alarms),
        desks=loads,
        hours=length / HOUR,
        per_operator_hour=_share(len(alarms), length / HOUR * len(names)),
        most_in_10_min=max((load.most_in_10_min for load in loads), default=0),
        share_above_10=_share(above, n_intervals * len(names)),
        share_busy_hours=_share(busy, n_hours * len(names)),
        flood_share=_share(sum(floods.values()), n_intervals * len(names)),
        top_sources=tuple(
            SourceLoad(source=source, n=n, share=_share(n, len(alarms))) for source, n in top
        ),
        top_share=_share(sum(n for _, n in top), len(alarms)),
        standing=sum((alarm.ended_at or until) - alarm.at > STANDING_AFTER for alarm in alarms),
        by_hour=_by_hour(hours.values(), since),
    )


def _count(alarms: Iterable[Alarm], desk: str, since: datetime, step: timedelta) -> Counter[int]:
    """Count the alarms of a desk by the number of the interval since the start."""
    return Counter((alarm.at - since) // step for alarm in alarms if alarm.desk == desk)


def _count_flood(counts: Counter[int]) -> int:
    """Return how many intervals lie in a flood."""
    n_flood, flooded = 0, -1
    for number in sorted(number for number, n in counts.items() if n > FLOOD_BEGINS_ABOVE):
        if number <= flooded:
            continue
        end = number + 1
        while counts[end] >= FLOOD_ENDS_BELOW:
            end += 1
        n_flood, flooded = n_flood + end - number, end - 1
    return n_flood


def _by_hour(counts: Iterable[Counter[int]], since: datetime) -> tuple[tuple[datetime, int], ...]:
    total: dict[int, int] = defaultdict(int)
    for hours in counts:
        for number, n in hours.items():
            total[number] += n
    return tuple((since + number * HOUR, n) for number, n in sorted(total.items()))


def _parts(length: timedelta, step: timedelta) -> int:
    return -(-length // step)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
