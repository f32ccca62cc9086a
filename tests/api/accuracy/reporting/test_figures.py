from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.reporting.figures import make_row, round_down
from api.accuracy.reporting.model import Figure, FigureCode, Judgement, ReportRow, Tally
from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.model import VerdictSource

MONDAY = date(2026, 11, 23)
TRUE, FALSE, BENIGN = VerdictValue.TRUE, VerdictValue.FALSE, VerdictValue.BENIGN
AUDITED = Judgement(
    key="fall",
    week=MONDAY,
    camera_day="a",
    inclusion_probability=1.0,
    is_pushed=True,
    is_confirmed=False,
    value=TRUE,
    first=TRUE,
    second_share=None,
    is_on_site=False,
)
STORED = replace(AUDITED, is_pushed=False, inclusion_probability=0.5)
COUNTED = Tally(
    key="fall",
    week=MONDAY,
    is_pushed=True,
    is_confirmed=False,
    value=TRUE,
    source=VerdictSource.DESK,
    n=1,
)


def figures_of(row: ReportRow) -> dict[FigureCode, Figure]:
    return {figure.code: figure for figure in row.figures}


def as_false(judgement: Judgement) -> Judgement:
    return replace(judgement, value=FALSE, first=FALSE, second_share=1.0)


def test_an_audited_incident_stands_for_those_that_were_not_drawn() -> None:
    judgements = [AUDITED] * 8 + [as_false(AUDITED)] * 2 + [STORED] * 2 + [as_false(STORED)] * 3

    figures = figures_of(make_row("fall", judgements, [], missed=0))

    published = figures[FigureCode.PUBLISHED_PRECISION]
    assert (published.estimate, published.hits, published.n) == (0.8, 8, 10)
    assert figures[FigureCode.EDGE_PRECISION].estimate == 0.6  # 12 of 20
    assert figures[FigureCode.RECALL].estimate == 0.6666  # 8 of 12, rounded down
    assert figures[FigureCode.CONFIRMED_PRECISION].estimate is None


def test_missed_events_lower_the_recall_and_no_precision() -> None:
    figures = figures_of(make_row("fall", [AUDITED] * 6, [], missed=2))

    assert figures[FigureCode.RECALL].estimate == 0.75
    assert (figures[FigureCode.RECALL].hits, figures[FigureCode.RECALL].n) == (6, 8)
    assert figures[FigureCode.PUBLISHED_PRECISION].estimate == 1.0


def test_a_harmless_matter_is_neither_true_nor_false() -> None:
    harmless = replace(AUDITED, value=BENIGN, first=BENIGN)

    figures = figures_of(make_row("fall", [AUDITED, harmless], [], missed=0))

    assert (figures[FigureCode.PUBLISHED_PRECISION].estimate, figures[FigureCode.RECALL].n) == (
        1.0,
        1,
    )


def test_what_the_second_rater_changed_counts_for_those_that_were_not_checked() -> None:
    changed = replace(AUDITED, value=FALSE, second_share=0.1)

    figures = figures_of(make_row("fall", [AUDITED] * 99 + [changed], [], missed=0))

    assert figures[FigureCode.PUBLISHED_PRECISION].estimate == 0.9


def test_a_worker_on_site_changes_only_their_own_incident() -> None:
    seen = replace(AUDITED, value=FALSE, second_share=0.1, is_on_site=True)

    figures = figures_of(make_row("fall", [AUDITED] * 99 + [seen], [], missed=0))

    assert figures[FigureCode.PUBLISHED_PRECISION].estimate == 0.99


def test_without_audits_there_is_no_estimate_but_the_verdicts_are_counted() -> None:
    tallies = [replace(COUNTED, n=90), replace(COUNTED, value=FALSE, n=10)]

    figures = figures_of(make_row("fall", [], tallies, missed=0))

    published = figures[FigureCode.PUBLISHED_PRECISION]
    assert (published.estimate, published.low, published.high, published.n) == (None, 0, 1, 0)
    assert (published.reviewed_hits, published.reviewed, published.incidents) == (90, 100, 100)


def test_what_an_operator_confirmed_is_no_proof_of_itself() -> None:
    confirmed = replace(COUNTED, is_pushed=False, is_confirmed=True)
    tallies = [
        replace(confirmed, n=90),
        replace(confirmed, source=VerdictSource.ON_SITE, n=4),
        replace(confirmed, source=VerdictSource.ON_SITE, value=FALSE, n=1),
    ]

    figure = figures_of(make_row("fall", [], tallies, missed=0))[FigureCode.CONFIRMED_PRECISION]

    assert (figure.reviewed_hits, figure.reviewed, figure.incidents) == (4, 5, 95)


@given(
    values=st.lists(st.sampled_from([TRUE, FALSE, BENIGN]), max_size=30),
    inclusion=st.sampled_from([0.03, 0.05, 0.2, 1.0]),
    missed=st.integers(0, 5),
)
def test_an_interval_contains_its_estimate(
    values: list[VerdictValue], inclusion: float, missed: int
) -> None:
    judgements = [
        replace(
            AUDITED, value=value, first=value, inclusion_probability=inclusion, camera_day=str(n)
        )
        for n, value in enumerate(values)
    ]

    for figure in make_row("fall", judgements, [], missed=missed).figures:
        assert 0 <= figure.low <= figure.high <= 1
        assert figure.hits <= figure.n
        if figure.estimate is not None:
            assert figure.low <= figure.estimate <= figure.high


@pytest.mark.parametrize(("share", "shown"), [(0.99997, 0.9999), (1581 / 1600, 0.9881), (1.0, 1)])
def test_a_share_is_never_rounded_up(share: float, shown: float) -> None:
    assert round_down(share) == shown
