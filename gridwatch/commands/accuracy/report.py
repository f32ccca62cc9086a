"""Print the accuracy report, with the definition of each figure."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

from api import wiring
from api.accuracy.reporting import alarm_store
from api.accuracy.reporting.alarm_load import measure_load
from api.accuracy.reporting.model import DEFINITIONS, Grouping, ReportFilter
from api.accuracy.reporting.presenters import present_load, present_report
from api.accuracy.reporting.report import make_report
from api.accuracy.reporting.schemas import (
    AccuracyFigure,
    AccuracyReport,
    AccuracyRow,
    AlarmLoad,
)
from api.settings import CentralSettings
from gridwatch.commands.output import print_json


def run_report(
    settings: CentralSettings, *, days: int, by: Grouping, scenario: str | None, json: bool
) -> None:
    """Print the report of the last days of all areas."""
    report, load = asyncio.run(_read(settings, days=days, by=by, scenario=scenario))
    if json:
        print_json(report.model_dump(mode="json") | {"alarm_load": load.model_dump(mode="json")})
    else:
        print("\n".join(_lines(report, load)))


async def _read(
    settings: CentralSettings, *, days: int, by: Grouping, scenario: str | None
) -> tuple[AccuracyReport, AlarmLoad]:
    until: datetime = wiring.now()
    since = until - timedelta(days=days)
    chosen = ReportFilter(since=since, until=until, scenario=scenario)
    async with wiring.open_database(settings) as engine, engine.connect() as connection:
        report = await make_report(connection, chosen, by)
        asked = await alarm_store.list_alarms(connection, since=since, until=until, within="")
        chattering = await alarm_store.list_chattering(
            connection, since=since, until=until, within=""
        )
    load = measure_load(asked.alarms, asked.desks, since=since, until=until)
    return present_report(report), present_load(load, chattering, since=since, until=until)


def _lines(report: AccuracyReport, load: AlarmLoad) -> Iterator[str]:
    yield f"{report.since:%Y-%m-%d %H:%M} to {report.until:%Y-%m-%d %H:%M} UTC"
    for code, definition in DEFINITIONS.items():
        yield f"  {code:<20} {definition}"
    for row in (report.total, *report.rows):
        yield from _row_lines(row)
    agreement = report.agreement
    if agreement.kappa is not None:
        yield (
            f"raters agree: kappa {agreement.kappa:.2f} "
            f"({agreement.low:.2f} to {agreement.high:.2f}, n {agreement.n})"
        )
    yield f"audits: {report.total.audited} of {report.drawn} drawn incidents are judged"
    yield (
        f"load: {load.alarms} alarms, {load.per_operator_hour:.2f} per operator and hour "
        f"(6 acceptable, 12 the most), at most {load.most_in_10_min} in 10 minutes, "
        f"{100 * load.flood_share:.1f} % of the time in a flood, {load.standing} standing"
    )


def _row_lines(row: AccuracyRow) -> Iterator[str]:
    yield (
        f"{row.key}: {row.incidents} incidents, {row.pushed} pushed, {row.confirmed} confirmed, "
        f"{row.audited} audited, {row.missed} missed"
    )
    for figure in row.figures:
        yield f"  {figure.code:<20} {_figure(figure)}"


def _figure(figure: AccuracyFigure) -> str:
    reviewed = f"of all verdicts {figure.reviewed_hits}/{figure.reviewed}"
    if figure.estimate is None:
        return f"not measured: no audit of {figure.incidents} incidents; {reviewed}"
    interval = f"95 % CI {_percent(figure.low)} to {_percent(figure.high)}"
    return f"{_percent(figure.estimate)} % ({figure.hits}/{figure.n}, {interval}); {reviewed}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"
