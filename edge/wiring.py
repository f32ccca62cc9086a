"""Builds an edge box from its plan, and alone reads the clock."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from random import Random
from time import monotonic
from uuid import uuid4

from edge.binding import BoundCamera
from edge.box import EdgeBox
from edge.cameras import Camera
from edge.claim import claimed
from edge.clips import Clips, Roll
from edge.coding import Tap
from edge.crew import AtOnce, one_beside
from edge.evidence import EvidenceFolder
from edge.evidence_files import ORIGINALS, EvidenceFiles, Limits
from edge.feeds import Feeds
from edge.health import Counters
from edge.leftovers import close_leftovers
from edge.memory import keep_small
from edge.metrics import metrics
from edge.mqtt import Broker
from edge.offset import CentreClock
from edge.outbox import Outbox
from edge.parts import Parts
from edge.plan import Plan
from edge.publish import Publisher
from edge.reporter import Reporter, Viewpoint
from edge.ring import Ring
from edge.scheduler import Engine
from edge.seal import Seal
from edge.settings import Decoded, Pace
from edge.sources.address import Way
from edge.steering import steer
from edge.upload import Uploader
from edge.vitals import Vitals
from edge.watchdog import Watchdog
from edge.window import Window
from edge.worker import CameraWorker, Tell
from models import detector as detectors
from models.gated import GatedDetector, always
from models.store import Store
from models.watch import Watcher
from pipeline.attention import Reason
from pipeline.calibrated import Calibrated
from pipeline.ports import Detector
from pipeline.run import CameraPipeline, refuse_blindness
from pipeline.wire import Clock, Location

FOOTAGE_CLOCK = Clock(offset_ms=0, uncertainty_ms=0, basis="footage")
LIVE_MS = 500.0
"""What a stream's time may differ from the box's, before it is corrected."""
MEGABYTE = 1_000_000
MANY = 1_000_000_000
VOUCHED = 1.0
"""Seconds from a look at a picture for which it is taken to be known where heads are."""


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
    clock = CentreClock(now=now, steady=monotonic)
    with claimed(plan.data):
        outbox = Outbox(plan.data, uuid4().hex[:12], max_bytes=settings.outbox_max_mb * MEGABYTE)
        files = _evidence_files(plan, outbox, counters)
        parts = Parts(
            engine=Engine(detector, clock=monotonic),
            outbox=outbox,
            evidence=EvidenceFolder(files, counters, seal=_seal(plan)),
            crew=one_beside(),
            counters=counters,
            clock=clock,
            now=now,
        )
        close_leftovers(outbox, now())
        publisher = _publisher(plan, parts)
        vitals = Vitals(
            plan.data,
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
            health=vitals.take,
            health_every=health_every,
        )
        control = steer(
            box,
            plan,
            parts,
            publisher,
            check=partial(_refuse_blindness, detector=detector),
            make=partial(_camera, parts),
        )
        box.beside(keep_small)
        if watchdog := Watchdog.asked_for(outbox.depth):
            box.beside(watchdog.run)
        with metrics(settings.metrics_port, counters, outbox.depth, lambda: vitals.last):
            try:
                yield box
            finally:
                parts.crew.shutdown(cancel_futures=True)
                outbox.close()


def _refuse_blindness(plan: Plan, detector: Detector) -> None:
    for scenario in (each for camera in plan.cameras for each in camera.scenarios):
        refuse_blindness(scenario, detector)


def _camera(parts: Parts, plan: Plan, camera: BoundCamera) -> Camera:
    settings, is_live = camera.settings, isinstance(camera.feed, Way)
    window = Window(now=now if is_live else None, steady=monotonic)
    parts.windows[camera.name] = window
    build = partial(_worker, plan, camera, parts, window)
    if is_live:
        return Camera(name=camera.name, build=build, again=True, ends=False)
    again = settings.loop and settings.start_at is None
    return Camera(name=camera.name, build=build, again=again, ends=not settings.loop)


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
    originals = plan.data / ORIGINALS
    files = EvidenceFiles(plan.data / "evidence", counters, limits, originals=originals)
    files.begin({upload.sha256 for upload in outbox.uploads(limit=MANY)})
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


def _worker(  # noqa: PLR0917  # bound by _camera, called with the last alone
    plan: Plan, camera: BoundCamera, parts: Parts, window: Window, say: Tell
) -> CameraWorker:
    counters = parts.counters
    where = camera.settings.location
    viewpoint = Viewpoint(
        node=plan.node,
        camera=camera.name,
        model=parts.engine.model,
        location=Location(lon=where.lon, lat=where.lat) if where else None,
        clock=partial(_clock, parts.clock, camera),
    )
    clips = _clips(plan, camera, parts)
    reporter = Reporter(
        viewpoint,
        outbox=parts.outbox,
        evidence=parts.evidence,
        counters=counters,
        now=now,
        clips=clips,
    )
    stirred = threading.Event()

    def tell(reason: Reason) -> None:
        counters.add(f"frames_{reason}", camera=camera.name)
        if not reason.is_calm or pipeline.standing:
            stirred.set()

    detector = _detector(plan, camera, parts, tell=tell)
    pipeline = CameraPipeline(
        origin=str(plan.node),
        camera=camera.name,
        detector=detector,
        scenarios=camera.scenarios,
        stall_after=timedelta(seconds=camera.settings.stall_after),
        ground=Calibrated(camera.marks) if camera.marks else None,
    )
    return CameraWorker(
        camera.name,
        source=_feeds(plan, camera, counters).source_of(
            camera,
            Tap(clips.heard) if clips else None,
            main=Tap(clips.heard_main) if clips else None,
            stirred=stirred,
        ),
        pipeline=pipeline,
        look=detector.look if isinstance(detector, GatedDetector) else lambda _: pipeline.found,
        guesses=lambda: isinstance(detector, GatedDetector) and detector.guesses,
        reporter=reporter,
        counters=counters,
        window=window,
        tell=say,
    )


def _clock(clock: CentreClock, camera: BoundCamera) -> Clock:
    return clock.clock(more_ms=LIVE_MS) if isinstance(camera.feed, Way) else FOOTAGE_CLOCK


def _detector(
    plan: Plan,
    camera: BoundCamera,
    parts: Parts,
    *,
    tell: Callable[[Reason], None],
) -> Detector:
    """Put a gate before the engine; only live pictures have to share it by the clock."""
    engine = parts.engine
    if not plan.settings.model.gate:
        return engine
    live = camera.settings.pace is Pace.LIVE
    return GatedDetector(
        engine,
        watched=frozenset().union(*(each.hazard.watches for each in camera.scenarios)),
        turn=partial(engine.may, camera.name) if live else always,
        parts=plan.settings.model.parts,
        tell=tell,
        tell_look=lambda breadth: parts.counters.add(f"looks_{breadth}", camera=camera.name),
    )


def _clips(plan: Plan, camera: BoundCamera, parts: Parts) -> Clips | None:
    """Have clips made; those of a recording played fast at once, so that a replay is the same."""
    told = plan.settings.evidence
    if not told.clip:
        return None
    return Clips(
        camera.name,
        Roll(
            pre=timedelta(seconds=told.pre_roll),
            post=timedelta(seconds=told.post_roll),
            hold=_vouched(plan, camera),
        ),
        ring=Ring(told.clip_max_mb * MEGABYTE),
        main=Ring(told.clip_max_mb * MEGABYTE) if camera.main else None,
        folder=parts.evidence,
        crew=parts.crew if camera.settings.pace is Pace.LIVE else AtOnce(),
        counters=parts.counters,
    )


def _vouched(plan: Plan, camera: BoundCamera) -> timedelta:
    """Half as long where nobody looks between key frames: who passes there is not hidden."""
    known = VOUCHED if camera.settings.decode is Decoded.ALL else VOUCHED / 2
    return timedelta(seconds=max(known, 1 / plan.settings.model.detect_fps))


def _feeds(plan: Plan, camera: BoundCamera, counters: Counters) -> Feeds:
    return Feeds(
        now=now,
        jitter=Random(f"{plan.node}/{camera.name}").random,  # noqa: S311  # spreads load, keeps no secret
        tell=lambda name, what, n: counters.add(what, n, camera=name),
        detect_fps=plan.settings.model.detect_fps,
    )
