"""Builds one camera of a box from its plan: source, detector, pipeline, reporter, clips."""

import threading
from datetime import timedelta
from functools import partial

from edge.camera_supervisor import CameraJob
from edge.config.binding import BoundCamera
from edge.config.plan import Plan
from edge.config.settings import DecodePolicy, PlaybackSpeed
from edge.control.clock import CentreClock
from edge.evidence.clip_recorder import ClipRecorder, ClipTiming
from edge.evidence.executor import InlineExecutor
from edge.evidence.packet_ring import PacketRing
from edge.frame_tap import FrameTap
from edge.node_services import NodeServices
from edge.reporter import AlertReporter, MessageContext
from edge.sources.camera_address import CameraAddress
from edge.sources.packets import PacketTap
from edge.sources.source_factory import SourceFactory
from edge.worker import CameraWorker, ReportState
from pipeline.camera import CameraPipeline, GateConfig, always
from pipeline.ground.marked_ground import MarkedGround
from pipeline.wire import Clock, Location

FOOTAGE_CLOCK = Clock(offset_ms=0, uncertainty_ms=0, basis="footage")
LIVE_MS = 500.0
"""What a stream's time may differ from the box's, before it is corrected."""
MEGABYTE = 1_000_000
VOUCHED = 1.0
"""Seconds from a look at a picture for which it is taken to be known where heads are."""


def camera_job(parts: NodeServices, plan: Plan, camera: BoundCamera) -> CameraJob:
    """Say how to begin a camera; nothing of it is built before it is to run."""
    settings, is_live = camera.settings, isinstance(camera.source, CameraAddress)
    window = FrameTap(now=parts.now if is_live else None, monotonic=parts.clock.monotonic)
    parts.frame_taps[camera.name] = window
    build = partial(_worker, plan, camera, parts, window)
    if is_live:
        return CameraJob(
            name=camera.name, build_worker=build, restarts_after_fault=True, is_finite=False
        )
    again = settings.loop and settings.start_at is None
    return CameraJob(
        name=camera.name,
        build_worker=build,
        restarts_after_fault=again,
        is_finite=not settings.loop,
    )


def _worker(  # noqa: PLR0917  # bound by camera_of, called with the last alone
    plan: Plan, camera: BoundCamera, parts: NodeServices, window: FrameTap, say: ReportState
) -> CameraWorker:
    counters = parts.counters
    where = camera.settings.location
    viewpoint = MessageContext(
        node=plan.node,
        camera=camera.name,
        model=parts.engine.model,
        location=Location(lon=where.lon, lat=where.lat) if where else None,
        clock=partial(_clock, parts.clock, camera),
    )
    clips = _clips(plan, camera, parts)
    reporter = AlertReporter(
        viewpoint,
        outbox=parts.outbox,
        evidence=parts.evidence_writer,
        counters=counters,
        now=parts.now,
        clips=clips,
    )
    activity = threading.Event()
    pipeline = CameraPipeline(
        origin=str(plan.node),
        camera=camera.name,
        detector=parts.engine,
        scenarios=camera.scenarios,
        gate=_gate(plan, camera, parts),
        stall_after=timedelta(seconds=camera.settings.stall_after),
        ground=MarkedGround(camera.ground_marks) if camera.ground_marks else None,
    )
    return CameraWorker(
        camera.name,
        source=_feeds(plan, camera, parts).create(
            camera,
            PacketTap(clips.push_packet) if clips else None,
            main_tap=PacketTap(clips.push_main_packet) if clips else None,
            activity=activity,
        ),
        pipeline=pipeline,
        activity=activity,
        reporter=reporter,
        counters=counters,
        frame_tap=window,
        report_state=say,
    )


def _clock(clock: CentreClock, camera: BoundCamera) -> Clock:
    return (
        clock.estimate(extra_ms=LIVE_MS)
        if isinstance(camera.source, CameraAddress)
        else FOOTAGE_CLOCK
    )


def _gate(plan: Plan, camera: BoundCamera, parts: NodeServices) -> GateConfig | None:
    """Configure the motion gate; only live cameras have to share the engine by the clock."""
    if not plan.settings.model.gate:
        return None
    live = camera.settings.pace is PlaybackSpeed.LIVE
    return GateConfig(
        use_regions=plan.settings.model.regions,
        may_infer=partial(parts.engine.try_acquire, camera.name) if live else always,
    )


def _clips(plan: Plan, camera: BoundCamera, parts: NodeServices) -> ClipRecorder | None:
    """Have clips made; those of a recording played fast at once, so that a replay is the same."""
    told = plan.settings.evidence
    if not told.clip:
        return None
    return ClipRecorder(
        camera.name,
        ClipTiming(
            pre_roll=timedelta(seconds=told.pre_roll),
            post_roll=timedelta(seconds=told.post_roll),
            head_hold=_vouched(plan, camera),
        ),
        ring=PacketRing(told.clip_max_mb * MEGABYTE),
        main_ring=PacketRing(told.clip_max_mb * MEGABYTE) if camera.main_stream else None,
        writer=parts.evidence_writer,
        executor=parts.clip_executor
        if camera.settings.pace is PlaybackSpeed.LIVE
        else InlineExecutor(),
        counters=parts.counters,
    )


def _vouched(plan: Plan, camera: BoundCamera) -> timedelta:
    """Half as long where nobody looks between key frames: who passes there is not hidden."""
    known = VOUCHED if camera.settings.decode is DecodePolicy.ALL else VOUCHED / 2
    return timedelta(seconds=max(known, 1 / plan.settings.model.detect_fps))


def _feeds(plan: Plan, camera: BoundCamera, parts: NodeServices) -> SourceFactory:
    return SourceFactory(
        now=parts.now,
        jitter=parts.random_for(f"{plan.node}/{camera.name}"),
        count=lambda name, what, n: parts.counters.add(what, n, camera=name),
        detect_fps=plan.settings.model.detect_fps,
    )
