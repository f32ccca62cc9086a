"""Build a node from its configuration; no other module reads the clock or seeds random numbers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from random import Random
from time import monotonic
from uuid import uuid4

import structlog

from edge.box import EdgeNode
from edge.camera_supervisor import CameraSupervisor
from edge.camera_wiring import camera_job
from edge.config.loader import ResolvedConfig
from edge.control.clock import CentreClock
from edge.control.wiring import build_remote_control
from edge.data_folder import lock_data_folder
from edge.engine.model_switch import ModelSwitch
from edge.engine.shared_engine import SharedEngine
from edge.engine.shared_poses import SharedPoses
from edge.enrolment.credentials import CredentialFiles
from edge.enrolment.key_holder import KeyHolder
from edge.enrolment.rotation import KeyRotation
from edge.evidence.evidence_writer import EvidenceWriter
from edge.evidence.executor import background_executor
from edge.evidence.sealing import Sealer
from edge.evidence.store import ORIGINALS, EvidenceLimits, EvidenceStore
from edge.evidence.upload import Uploader
from edge.health.counters import Counters
from edge.health.node_health import NodeHealthMonitor
from edge.health.prometheus import serve_metrics
from edge.health.systemd import SystemdNotifier
from edge.node_services import NodeServices
from edge.outbox.broker_settings import broker_of
from edge.outbox.follow_up_revisions import close_open_alerts
from edge.outbox.outbox import Outbox
from edge.outbox.publisher import Publisher
from models import detector as detectors
from models.catalogue.progress import FetchProgress
from models.catalogue.store import ModelStore
from models.pose import find_pose_estimator
from pipeline.ports import Detector, PoseEstimator
from pipeline.wire import CameraState, encode_message

log = structlog.get_logger()

MEGABYTE = 1_000_000
ALL_ROWS = 1_000_000_000


def now() -> datetime:
    """Read the node's clock."""
    return datetime.now(UTC)


def load_detector(config: ResolvedConfig, watch: FetchProgress | None = None) -> Detector:
    """Load the model that the configuration names, or the best available one.

    Raises:
        ModelError: The model is neither installed nor can it be fetched, or its file is damaged.
    """
    store = ModelStore(config.catalogue)
    return detectors.load_detector(config.settings.model.name, store=store, progress=watch)


def _with_model(
    engine: SharedEngine, name: str | None, config: ResolvedConfig, *, is_fast_model: bool = False
) -> SharedEngine | None:
    """Load another model that the configuration names; ``None`` if it names none.

    Raises:
        ModelError: The model is neither installed nor can it be fetched, or its file is damaged.
    """
    if name is None:
        return None
    store = ModelStore(config.catalogue)
    return engine.with_detector(
        detectors.load_detector(name, store=store, is_fast_model=is_fast_model)
    )


@contextmanager
def open_node(
    config: ResolvedConfig,
    detector: Detector,
    *,
    stop: threading.Event | None = None,
    health_every: float = 30.0,
) -> Iterator[EdgeNode]:
    """Build a node and lock its data folder until the block ends.

    Alerts that an earlier run left open are closed first.

    Args:
        stop: Ends the run when set; by default an event of the node's own.
        health_every: Seconds between two health messages.

    Raises:
        EdgeError: The data folder cannot be used, or the metrics port is taken.
        ModelError: The fast model, or that of second looks, cannot be loaded.
        UnsupportedLabelsError: A scenario watches for labels that the model does not detect.
    """
    engine = SharedEngine(detector, clock=monotonic)
    model = ModelSwitch(engine, config, _load_installed_model)
    model.check(config)
    settings, counters, stop = config.settings, Counters(), stop or threading.Event()
    with lock_data_folder(config.data_folder):
        max_bytes = settings.outbox_max_mb * MEGABYTE
        outbox = Outbox(config.data_folder, uuid4().hex[:12], max_bytes=max_bytes)
        close_open_alerts(outbox, now())
        store = _evidence_store(config, outbox, counters)
        named = settings.model
        services = NodeServices(
            engine=engine,
            fast_engine=_with_model(engine, named.fast, config, is_fast_model=True),
            look_engine=_with_model(engine, named.second_look_model, config),
            outbox=outbox,
            evidence_writer=EvidenceWriter(store, counters, sealer=_sealer(config)),
            clip_executor=background_executor(),
            counters=counters,
            clock=CentreClock(now=now, monotonic=monotonic),
            now=now,
            poses=SharedPoses(partial(_load_poses, config)),
            random_for=lambda name: Random(name).random,  # noqa: S311  # spreads load, keeps no secret
        )
        keys = KeyHolder.of(bytes.fromhex(config.key.get_secret_value()))
        publisher = _publisher(config, services, keys)
        rotation = _rotation(config, keys, publisher)
        cameras = CameraSupervisor(
            report_state=partial(_report_state, publisher), now=now, stop_node=stop
        )
        control = build_remote_control(
            config,
            services,
            publisher,
            cameras,
            model=model,
            make=partial(camera_job, services),
            rotation=rotation,
        )
        health = NodeHealthMonitor(
            config.data_folder,
            services,
            cameras=lambda: cameras.running_names,
            config_rev=lambda: control.config.rev,
        )
        node = EdgeNode(
            cameras=cameras,
            outbox=outbox,
            publisher=publisher,
            uploader=_uploader(config, outbox, store, counters=counters, keys=keys),
            health=health,
            control=control,
            rotation=rotation,
            counters=counters,
            systemd=SystemdNotifier.from_environment(outbox.depth),
            stop=stop,
            health_every=health_every,
        )
        with serve_metrics(settings.metrics_port, counters, outbox.depth, lambda: health.last):
            try:
                yield node
            finally:
                services.clip_executor.shutdown(cancel_futures=True)
                outbox.close()


def _load_installed_model(config: ResolvedConfig) -> Detector:
    """Load the model of a configuration of the centre: a node fetches none while it runs."""
    store = ModelStore(config.catalogue)
    return detectors.load_detector(config.settings.model.name, store=store, allow_fetch=False)


def _load_poses(config: ResolvedConfig) -> PoseEstimator | None:
    """Load the pose model if it is on this machine; a node does not fetch it when it starts."""
    estimator = find_pose_estimator(ModelStore(config.catalogue))
    if estimator is None:
        log.warning("no_pose_model", hint="gridwatch model pull --preferred; boxes decide alone")
    return estimator


def _report_state(publisher: Publisher, camera: str, state: CameraState) -> None:
    publisher.report("camera", camera, payload=encode_message(state))


def _publisher(config: ResolvedConfig, services: NodeServices, keys: KeyHolder) -> Publisher:
    return Publisher(
        broker=broker_of(config),
        node=config.node,
        keys=keys,
        outbox=services.outbox,
        counters=services.counters,
        clock=services.clock,
        software=f"gridwatch {version('gridwatch')}",
    )


def _evidence_store(config: ResolvedConfig, outbox: Outbox, counters: Counters) -> EvidenceStore:
    """Open the evidence store and delete files that no row of the outbox names."""
    settings = config.settings
    limits = EvidenceLimits(
        min_free_bytes=settings.keep_free_mb * MEGABYTE,
        max_bytes=settings.evidence.max_mb * MEGABYTE,
        max_age=timedelta(days=settings.evidence.keep_days),
        original_ttl=timedelta(hours=settings.evidence.original_ttl),
    )
    originals = config.data_folder / ORIGINALS
    store = EvidenceStore(config.data_folder / "evidence", counters, limits, originals=originals)
    store.delete_unfinished({upload.sha256 for upload in outbox.pending_uploads(limit=ALL_ROWS)})
    return store


def _sealer(config: ResolvedConfig) -> Sealer | None:
    public = config.settings.evidence.seal_to
    return Sealer(public) if public else None


def _rotation(config: ResolvedConfig, keys: KeyHolder, publisher: Publisher) -> KeyRotation | None:
    """Return what rotates the node's key; ``None`` if it was not enrolled by a code."""
    files = CredentialFiles.of_data_folder(config.data_folder)
    credentials = files.read()
    if credentials is None or credentials.key != config.key.get_secret_value():
        return None
    return KeyRotation(
        files=files,
        holder=keys,
        on_rotated=publisher.log_in_again,
        verify=config.centre_trust,
        now=now,
    )


def _uploader(
    config: ResolvedConfig,
    outbox: Outbox,
    store: EvidenceStore,
    *,
    counters: Counters,
    keys: KeyHolder,
) -> Uploader:
    return Uploader(
        url=config.settings.centre.url,
        verify=config.centre_trust,
        node=config.node,
        keys=keys,
        outbox=outbox,
        store=store,
        counters=counters,
        now=now,
        monotonic_s=monotonic,
    )
