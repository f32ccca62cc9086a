"""Turn reports into HTTP schemas."""

import math
from collections.abc import Sequence
from datetime import datetime

from api.accuracy.agreement import Agreement
from api.accuracy.reporting import schemas
from api.accuracy.reporting.alarm_load import AlarmLoad, SourceLoad
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


def present_load(
    load: AlarmLoad, chattering: Sequence[SourceLoad], *, since: datetime, until: datetime
) -> schemas.AlarmLoad:
    """Return the load on operators as it is sent."""
    source = schemas.AlarmSource.model_validate
    return schemas.AlarmLoad(
        since=since,
        until=until,
        hours=load.hours,
        alarms=load.alarms,
        desks=[schemas.AlarmDesk.model_validate(desk) for desk in load.desks],
        per_operator_hour=load.per_operator_hour,
        most_in_10_min=load.most_in_10_min,
        share_above_10=load.share_above_10,
        share_busy_hours=load.share_busy_hours,
        flood_share=load.flood_share,
        top_sources=[source(item) for item in load.top_sources],
        top_share=load.top_share,
        chattering=[source(item) for item in chattering],
        standing=load.standing,
        by_hour=[schemas.AlarmHour(start=start, n=n) for start, n in load.by_hour],
    )


def _agreement(agreement: Agreement) -> schemas.RaterAgreement:
    return schemas.RaterAgreement(
        kappa=None if math.isnan(agreement.kappa) else agreement.kappa,
        low=agreement.low,
        high=agreement.high,
        n=agreement.n,
    )
