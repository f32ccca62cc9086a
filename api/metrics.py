"""Prometheus metrics of ingest, incidents, fleet monitoring and retention."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, Metric
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
PART_RESTARTS = Counter(
    "gridwatch_part_restarts_total", "Restarts of parts of the centre that failed.", ["part"]
)
BROKER_GATE = Gauge(
    "gridwatch_broker_gate",
    "Connections of the embedded broker's gate, and what it has refused since it started.",
    ["what"],
)
PARTS_UP = Gauge("gridwatch_part_up", "Whether a part of the centre runs.", ["part"])
DELETED_ROWS = Counter(
    "gridwatch_retention_deleted_rows_total",
    "Rows deleted after their retention time, by kind.",
    ["kind"],
)
CHAINED_AUDIT_ENTRIES = Counter(
    "gridwatch_audit_chained_entries_total", "Entries of the audit log that were chained."
)
AUDIT_FINDINGS = Gauge(
    "gridwatch_audit_findings",
    "Places in which the audit log differs from its chain, at the last daily check",
)
BACKUP_AGE_SECONDS = Gauge(
    "gridwatch_backup_age_seconds", "Time since the newest backup was taken."
)
FAILED_BACKUPS = Counter("gridwatch_backups_failed_total", "Backups that could not be created.")
CORRECTED_COUNTERS = Counter(
    "gridwatch_counters_corrected_total",
    "Counters of rows that the daily check found wrong and corrected.",
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

ACCURACY = Gauge(
    "gridwatch_accuracy_share",
    "Precision and recall of the last 28 days, estimated from audits; missing without any.",
    ["figure", "scenario", "bound"],
)
AUDITED = Gauge(
    "gridwatch_accuracy_audited",
    "Audited incidents of the last 28 days in the denominator of a figure.",
    ["figure", "scenario"],
)
THRESHOLD = Gauge(
    "gridwatch_accuracy_threshold",
    "Probability from which an incident is pushed (push), below which it is stored (low).",
    ["threshold", "scenario"],
)
ALARMS_PER_OPERATOR_HOUR = Gauge(
    "gridwatch_alarms_per_operator_hour", "Alarms of a desk in an hour, over the last day."
)
ALARM_FLOOD_SHARE = Gauge(
    "gridwatch_alarm_flood_share",
    "Share of the last day in which a desk had more alarms than one person can handle.",
)

NOBODY_TO_NOTIFY = Counter(
    "gridwatch_nobody_to_notify_total",
    "Notifications, even of the last resort, for which there was no account at all.",
)
OPEN_INCIDENTS = Gauge(
    "gridwatch_incidents_open", "Open incidents by state and class.", ["state", "class"]
)
OVERDUE_INCIDENTS = Gauge(
    "gridwatch_incidents_overdue",
    "Open incidents whose responsible party has missed its deadline, by state and class.",
    ["state", "class"],
)
OLDEST_INCIDENT_SECONDS = Gauge(
    "gridwatch_incidents_oldest_seconds",
    "How long the oldest incident of a state and class has been in it; 0 without one.",
    ["state", "class"],
)
STEP_SECONDS = Histogram(
    "gridwatch_step_seconds",
    "Time of each step that the system takes, from an alert to a sent notification.",
    ["step"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600, 3600),
)
STATE_SECONDS = Histogram(
    "gridwatch_incident_state_seconds",
    "Time that incidents stayed in a state, observed when they leave it.",
    ["state"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400),
)
MAX_OBSERVED = timedelta(days=1)
"""Longer times count as this; one wrong clock would otherwise spoil the sum for ever."""

Step = Literal["decided_to_received", "received_to_stored", "created_to_sent"]


def observe_step(step: Step, start: datetime | None, end: datetime) -> None:
    """Observe a step that the system has taken; one that seems to end before its start is 0."""
    if start is not None:
        STEP_SECONDS.labels(step).observe(_seconds(start, end))


def observe_state(state: str, start: datetime, end: datetime) -> None:
    """Observe how long an incident was in the state that it leaves."""
    STATE_SECONDS.labels(state).observe(_seconds(start, end))


def _seconds(start: datetime, end: datetime) -> float:
    return min(max(end - start, timedelta()), MAX_OBSERVED).total_seconds()


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
