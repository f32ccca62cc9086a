"""What ingest counts, for Prometheus."""

from prometheus_client import Counter

MESSAGES = Counter(
    "gridwatch_ingest_messages_total",
    "Messages by what became of them; late ones are counted beside the others.",
    ["outcome"],
)
BATCHES = Counter("gridwatch_ingest_batches_total", "Batches committed.")
FAULTS = Counter("gridwatch_ingest_faults_total", "Batches that failed by a fault of ours.")
