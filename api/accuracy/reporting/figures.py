"""Compute the figures of a report. Pure.

Estimates rest on audits alone: there each incident had a known probability of being judged. What
workers on site said of an audited incident outranks the auditor.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from api.accuracy.estimates import (
    FloatArray,
    IntArray,
    Share,
    corrected_verdicts,
    estimate_share,
)
from api.accuracy.reporting.model import Figure, FigureCode, Judgement, ReportRow, Tally
from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.model import VerdictSource

STEPS = 10_000
"""A share is shown in hundredths of a percent."""

_Condition = Callable[[Judgement | Tally], bool]

_POPULATION: dict[FigureCode, _Condition] = {
    FigureCode.EDGE_PRECISION: lambda _: True,
    FigureCode.PUBLISHED_PRECISION: lambda item: item.is_pushed,
    FigureCode.CONFIRMED_PRECISION: lambda item: item.is_confirmed,
}
_REACHED: dict[FigureCode, _Condition] = {
    FigureCode.PUSH_RECALL: lambda item: item.is_pushed,
    FigureCode.RECALL: lambda item: item.is_pushed or item.is_confirmed,
}
_CLEAR = frozenset({VerdictValue.TRUE, VerdictValue.FALSE})
_INDEPENDENT = frozenset({VerdictSource.ON_SITE, VerdictSource.AUDIT})


@dataclass(frozen=True, slots=True)
class _Sample:
    """Audited incidents in columns.

    Args:
        truths: [n], 1 for true and 0 for false, corrected for what second raters changed.
        weights: [n], how many incidents each stands for; 0 if nobody was sure.
        clusters: [n], number of the camera-day, from 0.
    """

    judgements: Sequence[Judgement]
    truths: FloatArray
    weights: FloatArray
    clusters: IntArray

    def select(self, condition: _Condition) -> FloatArray:
        """Return [n], 1 where a condition holds."""
        return np.array([condition(item) for item in self.judgements], dtype=np.float64)


def make_row(
    key: str, judgements: Sequence[Judgement], tallies: Sequence[Tally], *, missed: int
) -> ReportRow:
    """Return the figures of a group.

    Args:
        judgements: Its audited incidents.
        tallies: All its incidents.
        missed: Events that no camera reported; each counts as one true incident.
    """
    sample = _sample(judgements)
    precisions = [_precision(code, sample, tallies) for code in _POPULATION]
    recalls = [_recall(code, sample, tallies, missed) for code in _REACHED]
    return ReportRow(
        key=key,
        incidents=_count(tallies),
        pushed=_count(tally for tally in tallies if tally.is_pushed),
        confirmed=_count(tally for tally in tallies if tally.is_confirmed),
        audited=len(judgements),
        missed=missed,
        figures=(*precisions, *recalls),
    )


def _sample(judgements: Sequence[Judgement]) -> _Sample:
    first = np.array([_number(_first(item)) for item in judgements])
    second = np.array([_second(item) for item in judgements])
    # A worker on site is believed as it is: nothing is concluded from it about other verdicts.
    shares = np.array([1.0 if item.is_on_site else item.second_share or 1.0 for item in judgements])
    weights = [
        1 / item.inclusion_probability if item.value in _CLEAR else 0.0 for item in judgements
    ]
    numbers: dict[str, int] = {}
    clusters = [numbers.setdefault(item.camera_day, len(numbers)) for item in judgements]
    return _Sample(
        judgements,
        corrected_verdicts(first, second, shares),
        np.array(weights),
        np.array(clusters, dtype=np.int64),
    )


def _first(item: Judgement) -> VerdictValue:
    """Return what the first auditor said, as far as it is true or false."""
    return item.first if item.first in _CLEAR else item.value


def _second(item: Judgement) -> float:
    is_checked = item.is_on_site or item.second_share is not None
    return _number(item.value) if is_checked else math.nan


def _precision(code: FigureCode, sample: _Sample, tallies: Sequence[Tally]) -> Figure:
    belongs = _POPULATION[code]
    units = sample.weights * sample.select(belongs)
    counted = [tally for tally in tallies if belongs(tally)]
    if code is FigureCode.CONFIRMED_PRECISION:  # what an operator confirmed is no proof of itself
        judged = [tally for tally in counted if tally.source in _INDEPENDENT]
    else:
        judged = counted
    return _figure(
        code,
        estimate_share(sample.truths * units, units, sample.clusters),
        audited=[item.value for item in sample.judgements if belongs(item)],
        hits=sum(item.value is VerdictValue.TRUE for item in sample.judgements if belongs(item)),
        incidents=_count(counted),
        reviewed=_count(tally for tally in judged if tally.value in _CLEAR),
        reviewed_hits=_count(tally for tally in judged if tally.value is VerdictValue.TRUE),
    )


def _recall(code: FigureCode, sample: _Sample, tallies: Sequence[Tally], missed: int) -> Figure:
    """Estimate which share of what was true has reached a worker.

    A missed event is certain, has weight one, and is a camera-day by itself.
    """
    reached = _REACHED[code]
    true = sample.truths * sample.weights
    n_clusters = int(sample.clusters.max()) + 1 if len(sample.clusters) else 0
    share = estimate_share(
        np.concatenate([true * sample.select(reached), np.zeros(missed)]),
        np.concatenate([true, np.ones(missed)]),
        np.concatenate([sample.clusters, n_clusters + np.arange(missed)]),
    )
    audited = [item for item in sample.judgements if item.value is VerdictValue.TRUE]
    judged = [tally for tally in tallies if tally.value is VerdictValue.TRUE]
    return _figure(
        code,
        share,
        audited=[VerdictValue.TRUE] * (len(audited) + missed),
        hits=sum(reached(item) for item in audited),
        incidents=_count(tallies) + missed,
        reviewed=_count(judged) + missed,
        reviewed_hits=_count(tally for tally in judged if reached(tally)),
    )


def _figure(
    code: FigureCode,
    share: Share,
    *,
    audited: Sequence[VerdictValue],
    hits: int,
    incidents: int,
    reviewed: int,
    reviewed_hits: int,
) -> Figure:
    return Figure(
        code=code,
        estimate=None if math.isnan(share.estimate) else round_down(share.estimate),
        low=round_down(share.low),
        high=round_up(share.high),
        n=sum(value in _CLEAR for value in audited),
        hits=hits,
        incidents=incidents,
        reviewed=reviewed,
        reviewed_hits=reviewed_hits,
    )


def round_down(share: float) -> float:
    """Round a share so that it never looks better than it is."""
    return math.floor(share * STEPS + 1e-9) / STEPS


def round_up(share: float) -> float:
    """Round the upper end of an interval, so that it is never too narrow."""
    return math.ceil(share * STEPS - 1e-9) / STEPS


def _number(value: VerdictValue) -> float:
    return 1.0 if value is VerdictValue.TRUE else 0.0


def _count(tallies: Iterable[Tally]) -> int:
    return sum(tally.n for tally in tallies)
