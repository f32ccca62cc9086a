"""Builds an edge box from its plan; alone reads the clock and makes chance."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from random import Random
from time import monotonic
from uuid import uuid4

from edge.box import EdgeNode
from edge.camera_wiring import camera_job
from edge.config.plan import Plan
from edge.control.clock import CentreClock
from edge.control.wiring import connect_remote_control
from edge.engine.shared_engine import SharedEngine
from edge.evidence.evidence_writer import EvidenceWriter
from edge.evidence.executor import background_executor
from edge.evidence.sealing import Sealer
from edge.evidence.store import ORIGINALS, EvidenceLimits, EvidenceStore
from edge.evidence.upload import Uploader
from edge.health.counters import Counters
from edge.health.memory_trim import trim_memory_until
from edge.health.node_health import NodeHealthMonitor
from edge.health.prometheus import serve_metrics
from edge.health.systemd import SystemdNotifier
from edge.node_services import NodeServices
from edge.outbox.alert_revisions import close_open_alerts
from edge.outbox.disk import lock_data_folder
from edge.outbox.mqtt import Broker
from edge.outbox.outbox import Outbox
from edge.outbox.publisher import Publisher
from models import detector as detectors
from models.catalogue.progress import Watcher
from models.catalogue.store import Store
from pipeline.camera import require_known_labels
from pipeline.ports import Detector

MEGABYTE = 1_000_000
MANY = 1_000_000_000


def now() -> datetime:
    """Read the clock of the box."""
    return datetime.now(UTC)


def load_detector(plan: Plan, watch: Watcher | None = None) -> Detector:
    """Load the model that the plan names, or the best that can be had.

    Raises:
        ModelError: It is not here and cannot be fetched, or its file is damaged.
    """
    store = Store(plan.catalogue)
    return detectors.load(plan.settings.model.name, store=store, watch=watch)


@contextmanager
def open_node(plan: Plan, detector: Detector, *, health_every: float = 30.0) -> Iterator[EdgeNode]:
    """Build the box; its data folder is ours until the block ends.

    Alerts that an earlier run left open are closed here.

    Raises:
        EdgeError: The data folder cannot be used, or the port for metrics is taken.
        BlindError: A scenario watches for what the model cannot see.
    """
    _refuse_blindness(plan, detector)
    settings, counters = plan.settings, Counters()
    clock = CentreClock(now=now, monotonic=monotonic)
    with lock_data_folder(plan.data_folder):
        outbox = Outbox(
            plan.data_folder, uuid4().hex[:12], max_bytes=settings.outbox_max_mb * MEGABYTE
        )
        files = _evidence_files(plan, outbox, counters)
        parts = NodeServices(
            engine=SharedEngine(detector, clock=monotonic),
            outbox=outbox,
            evidence_writer=EvidenceWriter(files, counters, sealer=_seal(plan)),
            clip_executor=background_executor(),
            counters=counters,
            clock=clock,
            now=now,
            random_for=lambda name: Random(name).random,  # noqa: S311  # spreads load, keeps no secret
        )
        close_open_alerts(outbox, now())
        publisher = _publisher(plan, parts)
        vitals = NodeHealthMonitor(
            plan.data_folder,
            parts,
            cameras=lambda: box.cameras.running_names,
            config_rev=lambda: control.rev,
        )
        box = EdgeNode(
            outbox=outbox,
            counters=counters,
            publisher=publisher,
            uploader=_uploader(plan, outbox, files, counters),
            now=now,
            health=vitals.measure,
            health_every=health_every,
        )
        control = connect_remote_control(
            box,
            plan,
            parts,
            publisher,
            check=partial(_refuse_blindness, detector=detector),
            make=partial(camera_job, parts),
        )
        box.add_task(trim_memory_until)
        if watchdog := SystemdNotifier.from_environment(outbox.depth):
            box.add_task(watchdog.run)
        with serve_metrics(settings.metrics_port, counters, outbox.depth, lambda: vitals.last):
            try:
                yield box
            finally:
                parts.clip_executor.shutdown(cancel_futures=True)
                outbox.close()


def _refuse_blindness(plan: Plan, detector: Detector) -> None:
    for scenario in (each for camera in plan.cameras for each in camera.scenarios):
        require_known_labels(scenario, detector)


def _publisher(plan: Plan, parts: NodeServices) -> Publisher:
    broker = plan.settings.broker
    ca = plan.file.parent / broker.ca if broker.ca else None
    return Publisher(
        broker=Broker(host=broker.host, port=broker.port, tls=broker.tls, ca=ca),
        node=plan.node,
        key=bytes.fromhex(plan.key.get_secret_value()),
        outbox=parts.outbox,
        counters=parts.counters,
        clock=parts.clock,
        software=f"gridwatch {version('gridwatch')}",
    )


def _evidence_files(plan: Plan, outbox: Outbox, counters: Counters) -> EvidenceStore:
    """Open the folder; what no row of the outbox names was never finished."""
    settings = plan.settings
    limits = EvidenceLimits(
        min_free_bytes=settings.keep_free_mb * MEGABYTE,
        max_bytes=settings.evidence.max_mb * MEGABYTE,
        max_age=timedelta(days=settings.evidence.keep_days),
        original_ttl=timedelta(hours=settings.evidence.original_ttl),
    )
    originals = plan.data_folder / ORIGINALS
    files = EvidenceStore(plan.data_folder / "evidence", counters, limits, originals=originals)
    files.delete_unfinished({upload.sha256 for upload in outbox.pending_uploads(limit=MANY)})
    return files


def _seal(plan: Plan) -> Sealer | None:
    public = plan.settings.evidence.seal_to
    return Sealer(public) if public else None


def _uploader(plan: Plan, outbox: Outbox, files: EvidenceStore, counters: Counters) -> Uploader:
    return Uploader(
        url=plan.settings.centre.url,
        node=plan.node,
        key=bytes.fromhex(plan.key.get_secret_value()),
        outbox=outbox,
        store=files,
        counters=counters,
        now=now,
        monotonic_s=monotonic,
    )
