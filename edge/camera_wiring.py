"""Builds one camera of a box from its plan: source, detector, pipeline, reporter, clips."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from edge.camera_supervisor import Camera
from edge.config.binding import BoundCamera
from edge.config.plan import Plan
from edge.config.settings import DecodePolicy, PlaybackSpeed
from edge.control.clock import CentreClock
from edge.evidence.clip_recorder import Clips, Roll
from edge.evidence.executor import AtOnce
from edge.evidence.packet_ring import Ring
from edge.frame_tap import Window
from edge.node_services import Parts
from edge.reporter import Reporter, Viewpoint
from edge.sources.camera_address import Way
from edge.sources.packets import Tap
from edge.sources.source_factory import Feeds
from edge.worker import CameraWorker, Tell
from pipeline.camera import CameraPipeline
from pipeline.ground.marked_ground import MarkedGround
from pipeline.motion.gated_detector import GatedDetector, always
from pipeline.motion.inference_policy import InferenceReason
from pipeline.ports import Detector
from pipeline.wire import Clock, Location

FOOTAGE_CLOCK = Clock(offset_ms=0, uncertainty_ms=0, basis="footage")
LIVE_MS = 500.0
"""What a stream's time may differ from the box's, before it is corrected."""
MEGABYTE = 1_000_000
VOUCHED = 1.0
"""Seconds from a look at a picture for which it is taken to be known where heads are."""


def camera_of(parts: Parts, plan: Plan, camera: BoundCamera) -> Camera:
    """Say how to begin a camera; nothing of it is built before it is to run."""
    settings, is_live = camera.settings, isinstance(camera.source, Way)
    window = Window(now=parts.now if is_live else None, steady=parts.clock.monotonic)
    parts.windows[camera.name] = window
    build = partial(_worker, plan, camera, parts, window)
    if is_live:
        return Camera(name=camera.name, build=build, again=True, ends=False)
    again = settings.loop and settings.start_at is None
    return Camera(name=camera.name, build=build, again=again, ends=not settings.loop)


def _worker(  # noqa: PLR0917  # bound by camera_of, called with the last alone
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
        now=parts.now,
        clips=clips,
    )
    stirred = threading.Event()

    def tell(reason: InferenceReason) -> None:
        counters.add(f"frames_{reason}", camera=camera.name)
        if not reason.is_idle or pipeline.episodes:
            stirred.set()

    detector = _detector(plan, camera, parts, tell=tell)
    pipeline = CameraPipeline(
        origin=str(plan.node),
        camera=camera.name,
        detector=detector,
        scenarios=camera.scenarios,
        stall_after=timedelta(seconds=camera.settings.stall_after),
        ground=MarkedGround(camera.ground_marks) if camera.ground_marks else None,
    )
    return CameraWorker(
        camera.name,
        source=_feeds(plan, camera, parts).source_of(
            camera,
            Tap(clips.heard) if clips else None,
            main=Tap(clips.heard_main) if clips else None,
            stirred=stirred,
        ),
        pipeline=pipeline,
        look=detector.look
        if isinstance(detector, GatedDetector)
        else lambda _: pipeline.detections,
        guesses=lambda: isinstance(detector, GatedDetector) and detector.guesses,
        reporter=reporter,
        counters=counters,
        window=window,
        tell=say,
    )


def _clock(clock: CentreClock, camera: BoundCamera) -> Clock:
    return clock.estimate(extra_ms=LIVE_MS) if isinstance(camera.source, Way) else FOOTAGE_CLOCK


def _detector(
    plan: Plan,
    camera: BoundCamera,
    parts: Parts,
    *,
    tell: Callable[[InferenceReason], None],
) -> Detector:
    """Put a gate before the engine; only live pictures have to share it by the clock."""
    engine = parts.engine
    if not plan.settings.model.gate:
        return engine
    live = camera.settings.pace is PlaybackSpeed.LIVE
    return GatedDetector(
        engine,
        watched=frozenset().union(*(each.spec.labels for each in camera.scenarios)),
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
        main=Ring(told.clip_max_mb * MEGABYTE) if camera.main_stream else None,
        folder=parts.evidence,
        crew=parts.crew if camera.settings.pace is PlaybackSpeed.LIVE else AtOnce(),
        counters=parts.counters,
    )


def _vouched(plan: Plan, camera: BoundCamera) -> timedelta:
    """Half as long where nobody looks between key frames: who passes there is not hidden."""
    known = VOUCHED if camera.settings.decode is DecodePolicy.ALL else VOUCHED / 2
    return timedelta(seconds=max(known, 1 / plan.settings.model.detect_fps))


def _feeds(plan: Plan, camera: BoundCamera, parts: Parts) -> Feeds:
    return Feeds(
        now=parts.now,
        jitter=parts.chance(f"{plan.node}/{camera.name}"),
        tell=lambda name, what, n: parts.counters.add(what, n, camera=name),
        detect_fps=plan.settings.model.detect_fps,
    )
