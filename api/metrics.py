"""Prometheus metrics of ingest, incidents, fleet monitoring and retention."""

from collections.abc import Iterator

from prometheus_client import REGISTRY, Counter, Gauge, Metric
from prometheus_client.registry import Collector

MESSAGES = Counter(
    "gridwatch_ingest_messages_total",
    "Alert messages by outcome; late alerts and drills are also counted under these names.",
    ["outcome"],
)
BATCHES = Counter("gridwatch_ingest_batches_total", "Batches committed.")
REPORTS = Counter(
    "gridwatch_fleet_reports_total",
    "Reports of nodes (status, camera, health, config, reply) by kind and outcome.",
    ["kind", "outcome"],
)
INTERNAL_ERRORS = Counter(
    "gridwatch_ingest_errors_total", "Batches and reports that failed by an error of the program."
)
DELETED_ROWS = Counter(
    "gridwatch_retention_deleted_rows_total",
    "Rows deleted after their retention time, by kind.",
    ["kind"],
)
NODES = Gauge("gridwatch_fleet_nodes", "Nodes by last reported state.", ["state"])
CAMERAS = Gauge("gridwatch_fleet_cameras", "Cameras by last reported state.", ["state"])
ALARMS = Gauge("gridwatch_fleet_alarms", "Open fleet alarms by kind.", ["kind"])
MISSING_MESSAGES = Gauge(
    "gridwatch_fleet_missing_messages", "Alerts in sequence gaps that are not marked as lost."
)
MAX_CLOCK_SKEW_SECONDS = Gauge(
    "gridwatch_fleet_clock_skew_seconds",
    "Largest difference between the clocks of a node and the centre.",
)
OVERDUE_ACTIONS = Gauge(
    "gridwatch_incidents_without_reminder",
    "Incidents whose reminder or escalation is more than a minute late; 0 in normal operation.",
)

FORMER_NAMES = {"gridwatch_ingest_faults": INTERNAL_ERRORS, "gridwatch_tidied_rows": DELETED_ROWS}
"""Former names of counters, without ``_total``; they are still exported, for one version."""


class FormerNamesCollector(Collector):
    """Export counters under their former names too."""

    def collect(self) -> Iterator[Metric]:
        """Yield a copy of each renamed counter."""
        for former_name, counter in FORMER_NAMES.items():
            for metric in counter.collect():
                former = Metric(former_name, f"Former name of {metric.name}_total.", metric.type)
                former.samples = [
                    sample._replace(name=sample.name.replace(metric.name, former_name))
                    for sample in metric.samples
                ]
                yield former


REGISTRY.register(FormerNamesCollector())
