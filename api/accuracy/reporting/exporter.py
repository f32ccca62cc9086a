"""Export precision, recall, thresholds and alarm load to Prometheus."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from api import metrics
from api.accuracy.fitting.queries import list_thresholds
from api.accuracy.reporting import alarm_store
from api.accuracy.reporting.alarm_load import measure_load
from api.accuracy.reporting.model import Grouping, ReportFilter, ReportRow
from api.accuracy.reporting.report import make_report
from api.supervisor import repeat

INTERVAL_S = 3600.0
ACCURACY_PERIOD, LOAD_PERIOD = timedelta(days=28), timedelta(days=1)


class AccuracyExporter:
    """Sets the metrics once an hour: each of several processes exports the same."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    async def run(self) -> None:
        """Export until cancelled; wait for a database that is down."""
        await repeat(self.export, every_s=INTERVAL_S, failure_event="accuracy_export_failed")

    async def export(self) -> None:
        """Set the metrics from the database."""
        until = self._now()
        since = until - LOAD_PERIOD
        chosen = ReportFilter(since=until - ACCURACY_PERIOD, until=until)
        async with self._engine.connect() as connection:
            report = await make_report(connection, chosen, Grouping.SCENARIO)
            asked = await alarm_store.list_alarms(connection, since=since, until=until, within="")
            thresholds = await list_thresholds(connection)
        load = measure_load(asked.alarms, asked.desks, since=since, until=until)
        metrics.ALARMS_PER_OPERATOR_HOUR.set(load.per_operator_hour)
        metrics.ALARM_FLOOD_SHARE.set(load.flood_share)
        metrics.THRESHOLD.clear()
        for record in thresholds:
            metrics.THRESHOLD.labels("push", record.scenario).set(record.push)
            metrics.THRESHOLD.labels("low", record.scenario).set(record.low)
        metrics.ACCURACY.clear()
        metrics.AUDITED.clear()
        for row in report.rows:
            _export_row(row)


def _export_row(row: ReportRow) -> None:
    for figure in row.figures:
        metrics.AUDITED.labels(figure.code, row.key).set(figure.n)
        if figure.estimate is None:
            continue
        bounds = {"estimate": figure.estimate, "low": figure.low, "high": figure.high}
        for bound, value in bounds.items():
            metrics.ACCURACY.labels(figure.code, row.key, bound).set(value)
