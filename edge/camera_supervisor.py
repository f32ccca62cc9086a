"""Start, stop and restart cameras while the others run; each runs in a separate thread."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from edge.worker import CameraWorker, ReportState, StopRequest, run_with_restarts
from pipeline.alert import CloseReason
from pipeline.wire import CameraState

log = structlog.get_logger()

MAX_THREADS = 1024
"""More than the cameras that any node can process."""
STOP_TIMEOUT_S = 5.0
"""How long a camera may take to stop; a reader that hangs is abandoned after one second."""
MAX_REASON_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraJob:
    """A camera to run.

    Args:
        build_worker: Builds a new worker.
        restarts_after_fault: Whether the camera is started again after a fault.
        is_finite: Whether its source ends, as a recording that does not loop.
    """

    name: str
    build_worker: Callable[[ReportState], CameraWorker]
    restarts_after_fault: bool
    is_finite: bool


@dataclass(slots=True)
class _Running:
    camera: CameraJob
    future: "Future[None]"
    stop: StopRequest


@dataclass(slots=True)
class CameraSupervisor:
    """Start and stop cameras; thread-safe.

    Args:
        report_state: Called with the name of a camera and its new state, never twice with the
            same state.
        now: The node's clock.
        stop_node: Set if the thread of a camera dies of an error that is no fault of the camera.
        faults: The last fault of each camera that failed, by name.
    """

    report_state: ReportState
    now: Callable[[], datetime]
    stop_node: threading.Event
    stop_timeout_s: float = STOP_TIMEOUT_S
    faults: dict[str, str] = field(default_factory=dict)
    _running: dict[str, _Running] = field(default_factory=dict)
    _stopped: "list[Future[None]]" = field(default_factory=list)
    _reported: dict[str, tuple[str, str]] = field(default_factory=dict)
    _is_shut_down: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _executor: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="camera")
    )

    def start(self, camera: CameraJob) -> None:
        """Start a camera; one of the same name must have been stopped before.

        Does nothing after ``stop_all``.
        """
        stop = StopRequest()
        with self._lock:
            if self._is_shut_down:
                return
            self.faults.pop(camera.name, None)
            self._reported.pop(camera.name, None)
            future = self._executor.submit(
                run_with_restarts,
                camera.name,
                build_worker=lambda: camera.build_worker(self._report),
                report_fault=self._report_fault,
                restarts_after_fault=camera.restarts_after_fault,
                stop=stop,
            )
            self._running[camera.name] = _Running(camera, future, stop)
        future.add_done_callback(partial(stop_on_error, self.stop_node))

    def stop(self, name: str, reason: CloseReason) -> bool:
        """Stop a camera and close its alerts with ``reason``.

        Returns:
            Whether it stopped in time; ``True`` if no such camera runs.
        """
        with self._lock:
            running = self._running.pop(name, None)
        if running is None:
            return True
        self._stopped.append(running.future)
        running.stop.set_with_reason(reason)
        done, _ = wait([running.future], self.stop_timeout_s)
        return bool(done)

    def restart(self, name: str) -> bool:
        """Stop a running camera and start it again; return whether it stopped in time."""
        with self._lock:
            camera = self._running[name].camera
        has_stopped = self.stop(name, CloseReason.RECONFIGURED)
        self.start(camera)
        return has_stopped

    def mark_disabled(self, name: str, reason: str) -> None:
        """Report that a camera is not meant to run."""
        self._report(name, CameraState(state="disabled", since=self.now(), reason=reason))

    @property
    def running_names(self) -> tuple[str, ...]:
        """The cameras that were started and not stopped, sorted; some may have ended."""
        with self._lock:
            return tuple(sorted(self._running))

    def have_finite_ended(self) -> bool:
        """Return whether all cameras with a finite source have ended."""
        with self._lock:
            return all(r.future.done() for r in self._running.values() if r.camera.is_finite)

    def stop_all(self) -> None:
        """Stop all cameras because the node stops, and wait for them."""
        with self._lock:
            self._is_shut_down = True
            cameras = list(self._running.values())
        for camera in cameras:
            camera.stop.set()
        for camera in cameras:
            camera.future.exception()
        self._executor.shutdown()

    def raise_thread_errors(self) -> None:
        """Raise the error that a camera's thread died of, if one did."""
        running = (camera.future for camera in self._running.values())
        for future in [*self._stopped, *running]:
            future.result()

    def _report_fault(self, name: str, reason: str) -> None:
        self.faults[name] = reason
        reason = reason[:MAX_REASON_LENGTH]
        self._report(name, CameraState(state="offline", since=self.now(), reason=reason))

    def _report(self, name: str, state: CameraState) -> None:
        """Report a state unless it was the last one reported for this camera."""
        if state.state == "ended" and state.reason:
            self.faults[name] = state.reason
        news = (state.state, state.reason)
        with self._lock:
            if self._reported.get(name) == news:
                return
            self._reported[name] = news
            self.report_state(name, state)


def stop_on_error(stop_node: threading.Event, future: "Future[None]") -> None:
    """Stop the node if a thread died: its supervisor restarts it, a silent gap would stay."""
    if future.exception() is not None:
        log.error("thread_died", reason=repr(future.exception()))
        stop_node.set()
