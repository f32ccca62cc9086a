"""Turn reports into HTTP schemas."""

import math

from api.accuracy.agreement import Agreement
from api.accuracy.reporting import schemas
from api.accuracy.reporting.model import DEFINITIONS, AccuracyReport


def present_report(report: AccuracyReport) -> schemas.AccuracyReport:
    """Return a report as it is sent."""
    row = schemas.AccuracyRow.model_validate
    return schemas.AccuracyReport(
        since=report.filter.since,
        until=report.filter.until,
        by=report.grouping,
        definitions=dict(DEFINITIONS),
        total=row(report.total),
        rows=[row(item) for item in report.rows],
        weeks=[row(item) for item in report.weeks],
        verdicts=[
            schemas.VerdictCount(value=value, source=source, n=n)
            for (value, source), n in sorted(report.verdicts.items())
        ],
        drawn=report.drawn,
        agreement=_agreement(report.agreement),
    )


def _agreement(agreement: Agreement) -> schemas.RaterAgreement:
    return schemas.RaterAgreement(
        kappa=None if math.isnan(agreement.kappa) else agreement.kappa,
        low=agreement.low,
        high=agreement.high,
        n=agreement.n,
    )
