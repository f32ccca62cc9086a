"""Make the accuracy report of a time and an area."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.agreement import cohens_kappa
from api.accuracy.reporting import report_store
from api.accuracy.reporting.figures import make_row
from api.accuracy.reporting.model import (
    AccuracyReport,
    Grouping,
    Judgement,
    ReportFilter,
    ReportRow,
    Tally,
)
from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.model import VerdictSource

TOTAL = "total"
MAX_ROWS = 300
"""Groups of a report, those with the most incidents: a city has thousands of cameras."""

Missed = Mapping[tuple[str, date], int]


async def make_report(
    connection: AsyncConnection, chosen: ReportFilter, grouping: Grouping
) -> AccuracyReport:
    """Return how accurate the incidents of a time are, in all, by group and by week."""
    judgements = await report_store.list_judgements(connection, chosen, grouping)
    largest = await report_store.list_largest(connection, chosen, grouping, limit=MAX_ROWS)
    tallies = await report_store.list_tallies(connection, chosen, grouping, keys=largest)
    missed = await report_store.count_missed(connection, chosen, grouping)
    pairs = await report_store.list_pairs(connection, chosen)
    drawn = await report_store.count_drawn(connection, chosen)

    def compute() -> AccuracyReport:
        rows = _rows(
            [item for item in judgements if item.key in largest],
            [item for item in tallies if item.key in largest],
            {place: n for place, n in missed.items() if place[0] in largest},
            lambda key, _: key,
        )
        return AccuracyReport(
            filter=chosen,
            grouping=grouping,
            total=make_row(TOTAL, judgements, tallies, missed=sum(missed.values())),
            rows=tuple(sorted(rows, key=lambda row: (-row.incidents, row.key))),
            weeks=tuple(_rows(judgements, tallies, missed, lambda _, week: week.isoformat())),
            verdicts=_count_verdicts(tallies),
            drawn=drawn,
            agreement=cohens_kappa(
                [(first, second) for first, second, _ in pairs], [weight for *_, weight in pairs]
            ),
        )

    # With many incidents this takes a second: other requests go on meanwhile.
    return await asyncio.to_thread(compute)


def _rows(
    judgements: Iterable[Judgement],
    tallies: Iterable[Tally],
    missed: Missed,
    key_of: Callable[[str, date], str],
) -> list[ReportRow]:
    """Return a row for each key, in the order of the keys."""
    parts: dict[str, tuple[list[Judgement], list[Tally]]] = defaultdict(lambda: ([], []))
    counts: Counter[str] = Counter()
    for judgement in judgements:
        parts[key_of(judgement.key, judgement.week)][0].append(judgement)
    for tally in tallies:
        parts[key_of(tally.key, tally.week)][1].append(tally)
    for (key, week), n in missed.items():
        counts[key_of(key, week)] += n
    return [_row(key, *parts[key], counts[key]) for key in sorted({*parts, *counts})]


def _row(
    key: str, judgements: Sequence[Judgement], tallies: Sequence[Tally], missed: int
) -> ReportRow:
    return make_row(key, judgements, tallies, missed=missed)


def _count_verdicts(tallies: Iterable[Tally]) -> dict[tuple[VerdictValue, VerdictSource], int]:
    counts: Counter[tuple[VerdictValue, VerdictSource]] = Counter()
    for tally in tallies:
        if tally.value is not None and tally.source is not None:
            counts[tally.value, tally.source] += tally.n
    return dict(counts)
