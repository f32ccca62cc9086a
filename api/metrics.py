"""Prometheus metrics of ingest, fleet monitoring and retention."""

from prometheus_client import Counter, Gauge

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
    "gridwatch_ingest_faults_total", "Batches and reports that failed by an error of the program."
)
DELETED_ROWS = Counter(
    "gridwatch_tidied_rows_total", "Rows deleted after their retention time, by kind.", ["kind"]
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
