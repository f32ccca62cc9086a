"""One camera: source → CameraPipeline → reporter; and the supervisor that outlives its faults."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Literal

import structlog

from edge.errors import EdgeError, OutboxError
from edge.frame_tap import FrameTap
from edge.health.counters import Counters
from edge.reporter import AlertReporter
from edge.sources.source import EndOfStream, Gap, Source
from pipeline.alert import CloseReason
from pipeline.camera import CameraPipeline
from pipeline.errors import ClockWentBackError
from pipeline.frame import Frame
from pipeline.wire import CameraState

log = structlog.get_logger()

CameraStateName = Literal["online", "degraded", "offline", "ended"]
ReportState = Callable[[str, CameraState], None]
"""Takes a camera's name and how it fares."""

DEGRADED_FOR = timedelta(seconds=10)
"""A picture stream is sound again after so long without a damaged or dropped picture."""


class StopRequest(threading.Event):
    """Asks one camera to end, and says as what its open alerts are closed."""

    reason = CloseReason.NODE_RESTART

    def set_with_reason(self, reason: CloseReason) -> None:
        """Set it for ``reason``."""
        self.reason = reason
        self.set()


class CameraWorker:
    """Runs one camera until its source ends or the box stops.

    Args:
        activity: Set when something moves or an episode is in progress: an on-demand decoder then
            decodes every frame.
        frame_tap: Shows its pictures to who asks.
        report_state: Told of every change of the camera's state, and of no repetition.
    """

    def __init__(  # one for each neighbour
        self,
        name: str,
        *,
        source: Source,
        pipeline: CameraPipeline,
        activity: threading.Event,
        reporter: AlertReporter,
        counters: Counters,
        frame_tap: FrameTap,
        report_state: ReportState,
    ) -> None:
        self.name = name
        self._source, self._pipeline, self._reporter = source, pipeline, reporter
        self._activity = activity
        self._counters, self._window, self._tell = counters, frame_tap, report_state
        self._last: datetime | None = None
        self._faults = 0
        self._faulty_until: datetime | None = None
        self._said: tuple[CameraStateName, str] | None = None

    def run(self, stop: StopRequest) -> None:
        """Take events until the end; what is open is closed with the reason.

        Raises:
            SourceError: The source can never be read.
        """
        for event in self._source.events(stop):
            match event:
                case Frame() as frame:
                    self._frame(frame, stop)
                case Gap(since, until, reason):
                    self.set_state("offline", since, reason)
                    self._counters.add("gap_seconds", (until - since).total_seconds())
                    self._reporter.report(self._pipeline.record_gap(since, until), stop)
                    self._reporter.report_finished_clips(until, stop)
                case EndOfStream(at, reason):
                    self._reporter.report(
                        self._pipeline.close_alerts(at, CloseReason.SOURCE_ENDED), stop
                    )
                    self._reporter.report_all_clips(stop)
                    self.set_state("ended", at, reason)
                    return
        if self._last is not None:
            ended = self._pipeline.close_alerts(self._last, stop.reason)
            self._reporter.report(ended, stop)

    def close_open_alerts(self, stop: threading.Event) -> None:
        """Close what a failed run left open: nobody looks any more; no clip follows."""
        self._reporter.close_open_alerts(CloseReason.SOURCE_LOST, stop)

    def set_state(self, state: CameraStateName, since: datetime, reason: str = "") -> None:
        """Tell how the camera fares, if that is news."""
        if self._said == (state, reason):
            return
        self._said = (state, reason)
        log.info("camera_state", camera=self.name, state=state, reason=reason)
        self._tell(self.name, CameraState(state=state, since=since, reason=reason))

    def _frame(self, frame: Frame, stop: threading.Event) -> None:
        self._judge(frame.at)
        began = monotonic()
        try:
            alerts = self._pipeline.push(frame)
        except ClockWentBackError as error:
            self._counters.add("frames_out_of_order", camera=self.name)
            log.warning("frame_out_of_order", camera=self.name, reason=str(error))
            return
        self._last = frame.at
        self._counters.add("frames", camera=self.name)
        self._count_inference()
        found = self._pipeline.detect_full_frame(frame) if alerts else self._pipeline.detections
        if alerts or not self._pipeline.predicts_positions:
            self._reporter.record_detections(frame.at, found)
        if alerts:
            took = timedelta(seconds=monotonic() - began)
            self._reporter.report(alerts, stop, frame=frame, detections=found, latency=took)
        if not self._pipeline.predicts_positions:
            self._reporter.consider_snapshot(
                self._pipeline.snapshot_candidates, frame, self._pipeline.detect_full_frame
            )
        self._reporter.report_finished_clips(frame.at, stop)
        self._window.push(frame, self._pipeline.detect_full_frame)

    def _count_inference(self) -> None:
        """Count why the model ran or not, and wake an on-demand decoder."""
        reason, coverage = self._pipeline.inference_reason, self._pipeline.coverage
        if reason is None:
            return
        self._counters.add(f"frames_{reason}", camera=self.name)
        if coverage is not None:
            self._counters.add(f"inferences_{coverage.name.lower()}", camera=self.name)
        if not reason.is_idle or self._pipeline.episodes:
            self._activity.set()

    def _judge(self, at: datetime) -> None:
        """Say whether pictures come in whole and in time."""
        faults = self._source.decode_errors + self._source.dropped
        if faults > self._faults:
            self._counters.add("damaged_or_dropped_pictures", faults - self._faults)
            self._faults, self._faulty_until = faults, at + DEGRADED_FOR
        if self._faulty_until is not None and at <= self._faulty_until:
            self.set_state("degraded", at, "pictures come in damaged or are dropped")
        elif ails := self._source.degraded_reason:
            self.set_state("degraded", at, ails)
        else:
            self.set_state("online", at)


def supervise(
    name: str,
    *,
    build_worker: Callable[[], CameraWorker],
    report_fault: Callable[[str, str], None],
    restarts_after_fault: bool,
    stop: StopRequest,
) -> None:
    """Run a camera, and again after a fault of its own, so that no fault stops another.

    Args:
        build_worker: Makes the worker anew: a pipeline that raised is not trusted again.
        report_fault: Told the camera's name and what went wrong, after each fault.
        restarts_after_fault: Whether to start again; a recording with fixed times is not.

    Raises:
        OutboxError: Nothing can be written any more: no fault of this camera.
    """
    pause = 1.0
    while not stop.is_set():
        worker = build_worker()
        fault = _fault_of(worker, stop)
        if not fault:
            return
        report_fault(name, fault)
        worker.close_open_alerts(stop)
        if not restarts_after_fault or stop.wait(pause):
            return
        pause = min(pause * 2, 60.0)


def _fault_of(worker: CameraWorker, stop: StopRequest) -> str:
    """Run a worker to its end; say what it failed of, or nothing."""
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
