"""What ingest counts and the watch over the fleet measures, for Prometheus."""

from prometheus_client import Counter, Gauge

MESSAGES = Counter(
    "gridwatch_ingest_messages_total",
    "Messages by what became of them; late ones and exercises are counted beside the others.",
    ["outcome"],
)
BATCHES = Counter("gridwatch_ingest_batches_total", "Batches committed.")
REPORTS = Counter(
    "gridwatch_fleet_reports_total",
    "What boxes told beside alerts, by kind and by what became of it.",
    ["kind", "outcome"],
)
INTERNAL_ERRORS = Counter(
    "gridwatch_ingest_faults_total", "Batches and reports that failed by a fault of ours."
)
DELETED_ROWS = Counter(
    "gridwatch_tidied_rows_total", "Rows that went when their time to live was over.", ["kind"]
)
NODES = Gauge("gridwatch_fleet_nodes", "Boxes by what they said last.", ["state"])
CAMERAS = Gauge("gridwatch_fleet_cameras", "Cameras by what their boxes said last.", ["state"])
ALARMS = Gauge("gridwatch_fleet_alarms", "What is amiss now, by kind.", ["kind"])
MISSING_MESSAGES = Gauge(
    "gridwatch_fleet_missing_messages", "Alerts behind holes that were not given up."
)
MAX_CLOCK_SKEW_SECONDS = Gauge(
    "gridwatch_fleet_clock_skew_seconds", "The largest distance of a box's clock from ours."
)
