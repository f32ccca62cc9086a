"""Builds an edge box from its plan; alone reads the clock and makes chance."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from random import Random
from time import monotonic
from uuid import uuid4

from edge.box import EdgeBox
from edge.camera_wiring import camera_of
from edge.config.plan import Plan
from edge.control.clock import CentreClock
from edge.control.wiring import connect_remote_control
from edge.engine.shared_engine import Engine
from edge.evidence.evidence_writer import EvidenceFolder
from edge.evidence.executor import one_beside
from edge.evidence.sealing import Seal
from edge.evidence.store import ORIGINALS, EvidenceFiles, Limits
from edge.evidence.upload import Uploader
from edge.health.counters import Counters
from edge.health.memory_trim import trim_memory_until
from edge.health.node_health import NodeHealthMonitor
from edge.health.prometheus import serve_metrics
from edge.health.systemd import SystemdNotifier
from edge.node_services import Parts
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
def edge_box(plan: Plan, detector: Detector, *, health_every: float = 30.0) -> Iterator[EdgeBox]:
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
        parts = Parts(
            engine=Engine(detector, clock=monotonic),
            outbox=outbox,
            evidence=EvidenceFolder(files, counters, seal=_seal(plan)),
            crew=one_beside(),
            counters=counters,
            clock=clock,
            now=now,
            chance=lambda name: Random(name).random,  # noqa: S311  # spreads load, keeps no secret
        )
        close_open_alerts(outbox, now())
        publisher = _publisher(plan, parts)
        vitals = NodeHealthMonitor(
            plan.data_folder,
            parts,
            cameras=lambda: box.cameras.names,
            config_rev=lambda: control.rev,
        )
        box = EdgeBox(
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
            make=partial(camera_of, parts),
        )
        box.beside(trim_memory_until)
        if watchdog := SystemdNotifier.from_environment(outbox.depth):
            box.beside(watchdog.run)
        with serve_metrics(settings.metrics_port, counters, outbox.depth, lambda: vitals.last):
            try:
                yield box
            finally:
                parts.crew.shutdown(cancel_futures=True)
                outbox.close()


def _refuse_blindness(plan: Plan, detector: Detector) -> None:
    for scenario in (each for camera in plan.cameras for each in camera.scenarios):
        require_known_labels(scenario, detector)


def _publisher(plan: Plan, parts: Parts) -> Publisher:
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


def _evidence_files(plan: Plan, outbox: Outbox, counters: Counters) -> EvidenceFiles:
    """Open the folder; what no row of the outbox names was never finished."""
    settings = plan.settings
    limits = Limits(
        keep_free=settings.keep_free_mb * MEGABYTE,
        max_bytes=settings.evidence.max_mb * MEGABYTE,
        max_age=timedelta(days=settings.evidence.keep_days),
        original_ttl=timedelta(hours=settings.evidence.original_ttl),
    )
    originals = plan.data_folder / ORIGINALS
    files = EvidenceFiles(plan.data_folder / "evidence", counters, limits, originals=originals)
    files.begin({upload.sha256 for upload in outbox.pending_uploads(limit=MANY)})
    return files


def _seal(plan: Plan) -> Seal | None:
    public = plan.settings.evidence.seal_to
    return Seal(public) if public else None


def _uploader(plan: Plan, outbox: Outbox, files: EvidenceFiles, counters: Counters) -> Uploader:
    return Uploader(
        url=plan.settings.centre.url,
        node=plan.node,
        key=bytes.fromhex(plan.key.get_secret_value()),
        outbox=outbox,
        evidence=files,
        counters=counters,
        now=now,
        steady=monotonic,
    )
