"""Run one camera: source → pipeline → reporter, and start it again after a fault."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Literal

import structlog

from edge.alert_reporter import AlertReporter
from edge.errors import EdgeError, OutboxError
from edge.frame_tap import FrameTap, Vision
from edge.health.counters import Counters
from edge.scene_file import SceneFile
from edge.sources.source import EndOfStream, Gap, Source
from pipeline.alert import CloseReason
from pipeline.camera import CameraPipeline
from pipeline.errors import ClockWentBackError
from pipeline.frame import Frame
from pipeline.pixels.scene_memory import RestoreOutcome
from pipeline.wire import CameraState

log = structlog.get_logger()

CameraStateName = Literal["online", "degraded", "offline", "ended"]
ReportState = Callable[[str, CameraState], None]
"""Called with the name of a camera and its state."""

DEGRADED_FOR = timedelta(seconds=10)
"""How long a camera counts as degraded after a damaged or dropped frame."""
DAMAGED = "pictures come in damaged; check the network between camera and node"
OVERLOADED = "pictures are dropped because the node is too slow; use fewer cameras or a lower rate"
VISION_INTERVAL = timedelta(seconds=5)
FIRST_RESTART_DELAY_S, MAX_RESTART_DELAY_S = 1.0, 60.0


class StopRequest(threading.Event):
    """Stop one camera, with the reason for which its open alerts are closed."""

    reason = CloseReason.NODE_RESTART

    def set_with_reason(self, reason: CloseReason) -> None:
        """Set the event and the reason."""
        self.reason = reason
        self.set()


class RecentIncrease:
    """Whether a counter has increased within the last ``DEGRADED_FOR``."""

    def __init__(self) -> None:
        self._total = 0
        self._until: datetime | None = None

    def push(self, total: int, at: datetime) -> int:
        """Take the counter at a time; return by how much it has increased."""
        increase, self._total = max(total - self._total, 0), total
        if increase:
            self._until = at + DEGRADED_FOR
        return increase

    def is_recent(self, at: datetime) -> bool:
        """Return whether the last increase was at most ``DEGRADED_FOR`` before ``at``."""
        return self._until is not None and at <= self._until


class CameraWorker:
    """Run one camera until its source ends or it is stopped.

    Args:
        activity: Set when something moves or an episode is in progress: an on-demand decoder then
            decodes every frame.
        frame_tap: Receives every processed frame, for other threads.
        scene_file: Keeps what is learned of the scene, for the next run.
        report_state: Called with each change of the camera's state.
    """

    def __init__(  # noqa: PLR0913  # the parts of a camera, each by its name
        self,
        name: str,
        *,
        source: Source,
        pipeline: CameraPipeline,
        activity: threading.Event,
        reporter: AlertReporter,
        counters: Counters,
        frame_tap: FrameTap,
        scene_file: SceneFile,
        report_state: ReportState,
    ) -> None:
        self.name = name
        self._source, self._pipeline, self._reporter = source, pipeline, reporter
        self._activity, self._scene_file = activity, scene_file
        self._counters, self._frame_tap = counters, frame_tap
        self._report_state = report_state
        self._last_frame_at: datetime | None = None
        self._damaged, self._dropped = RecentIncrease(), RecentIncrease()
        self._state: tuple[CameraStateName, str] | None = None
        self._restore_outcome: RestoreOutcome | None = None
        self._vision_at: datetime | None = None

    def run(self, stop: StopRequest) -> None:
        """Process events until the source ends or ``stop`` is set, then close open alerts.

        Raises:
            SourceError: The source can never be read.
        """
        try:
            self._run(stop)
        finally:
            self._save_scene()

    def _run(self, stop: StopRequest) -> None:
        for event in self._source.events(stop):
            match event:
                case Frame() as frame:
                    self._process_frame(frame, stop)
                case Gap() as gap:
                    self._process_gap(gap, stop)
                case EndOfStream(at, reason):
                    alerts = self._pipeline.close_alerts(at, CloseReason.SOURCE_ENDED)
                    self._reporter.report(alerts, stop)
                    self._reporter.report_all_clips(stop)
                    faults = filter(None, (reason, *self._pipeline.failures))
                    self.set_state("ended", at, "; ".join(faults))
                    return
        if self._last_frame_at is not None:
            alerts = self._pipeline.close_alerts(self._last_frame_at, stop.reason)
            self._reporter.report(alerts, stop)

    def close_open_alerts(self, stop: threading.Event) -> None:
        """Close the alerts that a failed run left open; they get no clip."""
        self._reporter.close_open_alerts(CloseReason.SOURCE_LOST, stop)

    def set_state(self, state: CameraStateName, since: datetime, reason: str = "") -> None:
        """Report the state of the camera if it has changed."""
        if self._state == (state, reason):
            return
        self._state = (state, reason)
        log.info("camera_state", camera=self.name, state=state, reason=reason)
        self._report_state(self.name, CameraState(state=state, since=since, reason=reason))

    def _process_frame(self, frame: Frame, stop: threading.Event) -> None:
        self._update_state(frame.at)
        started_at = monotonic()
        try:
            alerts = self._pipeline.push(frame)
        except ClockWentBackError as error:
            self._counters.add("frames_out_of_order", camera=self.name)
            log.warning("frame_out_of_order", camera=self.name, reason=str(error))
            return
        self._last_frame_at = frame.at
        self._counters.add("frames", camera=self.name)
        self._count_inference()
        detect_all = self._pipeline.detect_full_frame
        is_exact = not self._pipeline.predicts_positions
        detections = detect_all(frame) if alerts else self._pipeline.detections
        if alerts or is_exact:
            self._reporter.record_detections(frame.at, detections)
        candidates = self._pipeline.snapshot_candidates if alerts or is_exact else []
        if alerts:
            self._reporter.report(
                alerts,
                stop,
                frame=frame,
                detections=detections,
                candidates=candidates,
                detect_all=detect_all,
                latency=timedelta(seconds=monotonic() - started_at),
            )
        if is_exact:
            self._reporter.consider_snapshot(candidates, frame, detect_all)
        self._reporter.report_finished_clips(frame.at, stop)
        self._frame_tap.push(frame, detect_all)
        self._report_vision(frame.at)
        self._log_restoring()
        if self._scene_file.is_due(frame.at):
            self._save_scene()

    def _save_scene(self) -> None:
        self._scene_file.save(self._pipeline.save_scene(self._scene_file.source))

    def _report_vision(self, at: datetime) -> None:
        """Tell other threads every few seconds what the camera can see."""
        if self._vision_at is None or at - self._vision_at >= VISION_INTERVAL:
            self._vision_at = at
            pipeline = self._pipeline
            vision = Vision(pipeline.detection_coverage, pipeline.learning_zones)
            self._frame_tap.vision = vision

    def _log_restoring(self) -> None:
        """Log once what became of the scene that an earlier run saved."""
        outcome = self._pipeline.restore_outcome
        if outcome is not None and outcome is not self._restore_outcome:
            self._restore_outcome = outcome
            log.info("saved_scene", camera=self.name, outcome=outcome.value)

    def _process_gap(self, gap: Gap, stop: threading.Event) -> None:
        self.set_state("offline", gap.since, gap.reason)
        self._counters.add("gap_seconds", (gap.until - gap.since).total_seconds())
        self._reporter.report(self._pipeline.record_gap(gap.since, gap.until), stop)
        self._reporter.report_finished_clips(gap.until, stop)

    def _count_inference(self) -> None:
        """Count the inference reason of the frame, and wake an on-demand decoder."""
        reason, coverage = self._pipeline.inference_reason, self._pipeline.coverage
        if reason is None:
            return
        self._counters.add(f"frames_{reason.name.lower()}", camera=self.name)
        if coverage is not None:
            self._counters.add(f"inferences_{coverage.name.lower()}", camera=self.name)
        if not reason.is_idle or self._pipeline.episodes:
            self._activity.set()

    def _update_state(self, at: datetime) -> None:
        """Set the state by whether frames come in undamaged, and are processed in time."""
        bad_frames = self._damaged.push(self._source.decode_errors, at)
        bad_frames += self._dropped.push(self._source.dropped, at)
        if bad_frames:
            self._counters.add("frames_damaged_or_dropped", bad_frames)
        if failures := self._pipeline.failures:
            self.set_state("degraded", at, "; ".join(failures))
        elif self._damaged.is_recent(at):
            self.set_state("degraded", at, DAMAGED)
        elif self._dropped.is_recent(at):
            self.set_state("degraded", at, OVERLOADED)
        elif reason := self._source.degraded_reason:
            self.set_state("degraded", at, reason)
        else:
            self.set_state("online", at)


def run_with_restarts(
    name: str,
    *,
    build_worker: Callable[[], CameraWorker],
    report_fault: Callable[[str, str], None],
    restarts_after_fault: bool,
    stop: StopRequest,
) -> None:
    """Run a camera and start it again after a fault, so that no fault stops another camera.

    Args:
        build_worker: Builds a new worker: a pipeline that raised is not used again.
        report_fault: Called with the camera's name and the reason after each fault.
        restarts_after_fault: Whether to start again; a recording with fixed times is not.

    Raises:
        OutboxError: The outbox cannot be written, which is no fault of the camera.
    """
    delay_s = FIRST_RESTART_DELAY_S
    while not stop.is_set():
        worker = build_worker()
        fault = _run_until_fault(worker, stop)
        if not fault:
            return
        report_fault(name, fault)
        worker.close_open_alerts(stop)
        if not restarts_after_fault or stop.wait(delay_s):
            return
        delay_s = min(delay_s * 2, MAX_RESTART_DELAY_S)


def _run_until_fault(worker: CameraWorker, stop: StopRequest) -> str:
    """Run a worker to its end; return the fault that ended it, or an empty string."""
    try:
        worker.run(stop)
    except OutboxError:
        raise
    except EdgeError as error:
        log.warning("camera_failed", camera=worker.name, reason=str(error))
        return str(error)
    except Exception as error:
        log.exception("camera_fault", camera=worker.name)
        return f"fault: {type(error).__name__}"
    return ""
