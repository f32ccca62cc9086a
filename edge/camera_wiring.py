"""Build the stages of one camera from the configuration: source, pipeline, reporter and clips."""

import threading
from datetime import timedelta
from functools import partial

from edge.alert_reporter import AlertReporter, MessageContext
from edge.camera_supervisor import CameraJob
from edge.config.camera_binding import BoundCamera
from edge.config.loader import ResolvedConfig
from edge.config.settings import DecodePolicy, PlaybackSpeed
from edge.control.clock import CentreClock
from edge.evidence.clip_recorder import ClipRecorder, ClipTiming
from edge.evidence.executor import InlineExecutor
from edge.evidence.packet_ring import PacketRing
from edge.evidence.snapshot_description import SnapshotDescriber
from edge.frame_tap import FrameTap
from edge.node_services import NodeServices
from edge.scene_file import SceneFile
from edge.sources.camera_address import CameraAddress
from edge.sources.packets import PacketTap
from edge.sources.source import Source
from edge.sources.source_factory import SourceFactory
from edge.worker import CameraWorker, ReportState
from pipeline.camera import CameraPipeline, GateConfig, always
from pipeline.ground.marked_ground import MarkedGround
from pipeline.scenario_spec import Capability
from pipeline.second_look.second_look import SecondLook
from pipeline.wire import Clock, Location

RECORDING_CLOCK = Clock(offset_ms=0, uncertainty_ms=0, basis="footage")
LIVE_UNCERTAINTY_MS = 500.0
"""How far frame times of a live stream may be from the node's clock before they are corrected."""
MEGABYTE = 1_000_000
HEAD_HOLD_S = 1.0
"""How long head positions of a frame are valid for pixelating clips."""


def camera_job(services: NodeServices, config: ResolvedConfig, camera: BoundCamera) -> CameraJob:
    """Prepare a camera; its stages are built when it starts, and again after a fault."""
    settings, is_live = camera.settings, isinstance(camera.source, CameraAddress)
    frame_tap = FrameTap(now=services.now if is_live else None, monotonic=services.clock.monotonic)
    services.frame_taps[camera.name] = frame_tap
    return CameraJob(
        name=camera.name,
        build_worker=partial(_build_worker, config, camera, services, frame_tap),
        restarts_after_fault=is_live or (settings.loop and settings.start_at is None),
        is_finite=camera.is_finite,
    )


def _build_worker(  # noqa: PLR0917  # bound by camera_job, which leaves the last argument open
    config: ResolvedConfig,
    camera: BoundCamera,
    services: NodeServices,
    frame_tap: FrameTap,
    report_state: ReportState,
) -> CameraWorker:
    """Build all stages of a camera, in the order in which a frame passes them."""
    activity = threading.Event()
    clips = _clip_recorder(config, camera, services)
    source = _source(config, camera, services, clips=clips, activity=activity)
    pipeline = CameraPipeline(
        origin=str(config.node),
        camera=camera.name,
        detector=services.engine,
        scenarios=camera.scenarios,
        gate=_gate(config, camera, services),
        stall_after=timedelta(seconds=camera.settings.stall_after),
        poses=services.poses.get() if _needs_postures(camera) else None,
        ground=MarkedGround(camera.ground_marks) if camera.ground_marks else None,
        isolates_rules=True,
        second_look=_second_look(config, services),
    )
    scene_file = SceneFile(config.data_folder, node=str(config.node), camera=camera.name)
    if (scene := scene_file.load()) is not None:
        pipeline.restore_scene(scene)
    reporter = AlertReporter(
        _message_context(config, camera, services),
        outbox=services.outbox,
        evidence=services.evidence_writer,
        counters=services.counters,
        now=services.now,
        clips=clips,
    )
    return CameraWorker(
        camera.name,
        source=source,
        pipeline=pipeline,
        activity=activity,
        reporter=reporter,
        counters=services.counters,
        frame_tap=frame_tap,
        scene_file=scene_file,
        report_state=report_state,
    )


def _second_look(config: ResolvedConfig, services: NodeServices) -> SecondLook | None:
    if not config.settings.model.second_look:
        return None
    other = services.look_engine
    return SecondLook(
        other or services.engine, is_other_model=other is not None, isolates_failures=True
    )


def _needs_postures(camera: BoundCamera) -> bool:
    return any(Capability.POSTURES in each.spec.capabilities for each in camera.scenarios)


def _source(
    config: ResolvedConfig,
    camera: BoundCamera,
    services: NodeServices,
    *,
    clips: ClipRecorder | None,
    activity: threading.Event,
) -> Source:
    counters = services.counters
    factory = SourceFactory(
        now=services.now,
        jitter=services.random_for(f"{config.node}/{camera.name}"),
        count=lambda name, counter, n: counters.add(counter, n, camera=name),
        detect_fps=config.settings.model.detect_fps,
        gate=config.settings.model.gate,
    )
    return factory.create(
        camera,
        PacketTap(clips.push_packet) if clips else None,
        main_tap=PacketTap(clips.push_main_packet) if clips else None,
        activity=activity,
    )


def _gate(config: ResolvedConfig, camera: BoundCamera, services: NodeServices) -> GateConfig | None:
    """Configure the motion gate; only live cameras have to share the engine by the clock."""
    if not config.settings.model.gate:
        return None
    is_live = camera.settings.pace is PlaybackSpeed.LIVE
    scheduler = services.engine.scheduler
    return GateConfig(
        use_regions=config.settings.model.regions,
        fast_detector=services.fast_engine,
        may_infer=partial(scheduler.may_infer, camera.name) if is_live else always,
    )


def _message_context(
    config: ResolvedConfig, camera: BoundCamera, services: NodeServices
) -> MessageContext:
    location = camera.settings.location
    return MessageContext(
        node=config.node,
        camera=camera.name,
        model=services.engine.model,
        location=Location(lon=location.lon, lat=location.lat) if location else None,
        clock=partial(_frame_clock, services.clock, camera),
        describer=SnapshotDescriber(
            scenarios=camera.scenarios, confidence_threshold=services.engine.confidence_threshold
        ),
    )


def _frame_clock(clock: CentreClock, camera: BoundCamera) -> Clock:
    """Estimate how far the frame times of a camera may be off."""
    if isinstance(camera.source, CameraAddress):
        return clock.estimate(extra_ms=LIVE_UNCERTAINTY_MS)
    return RECORDING_CLOCK


def _clip_recorder(
    config: ResolvedConfig, camera: BoundCamera, services: NodeServices
) -> ClipRecorder | None:
    """Build the clip recorder; in fast playback it works inline, so that replays are equal."""
    settings = config.settings.evidence
    if not settings.clip:
        return None
    is_live = camera.settings.pace is PlaybackSpeed.LIVE
    ring_bytes = settings.clip_max_mb * MEGABYTE
    return ClipRecorder(
        camera.name,
        ClipTiming(
            pre_roll=timedelta(seconds=settings.pre_roll),
            post_roll=timedelta(seconds=settings.post_roll),
            head_hold=_head_hold(config, camera),
        ),
        ring=PacketRing(ring_bytes),
        main_ring=PacketRing(ring_bytes) if camera.main_stream else None,
        writer=services.evidence_writer,
        executor=services.clip_executor if is_live else InlineExecutor(),
        counters=services.counters,
    )


def _head_hold(config: ResolvedConfig, camera: BoundCamera) -> timedelta:
    """Return how long head positions are valid.

    Half as long if frames between key frames are not decoded, because people may pass unseen.
    """
    decodes_all = camera.settings.decode is DecodePolicy.ALL
    seconds = HEAD_HOLD_S if decodes_all else HEAD_HOLD_S / 2
    return timedelta(seconds=max(seconds, 1 / config.settings.model.detect_fps))
