"""The cameras of a box, each in a thread of its own: begun and ended while the others go on."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime

from edge.worker import CameraWorker, ReportState, StopRequest, supervise
from pipeline.alert import CloseReason
from pipeline.wire import CameraState

MAX_THREADS = 1024
"""Threads; more cameras than any box can watch."""
STOP_TIMEOUT_S = 5.0
"""Seconds that a camera gets to end; a reader that hangs is left behind after one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraJob:
    """A camera to run.

    Args:
        build_worker: Makes its worker anew.
        restarts_after_fault: Whether it is begun anew after a fault.
        is_finite: Whether its source comes to an end.
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
    """Begins and ends cameras; safe over threads.

    Args:
        report_state: Told how a camera fares; what it was told last is not repeated.
        now: The box's clock.
        on_thread_done: Told of each thread that has ended, and of what.
    """

    report_state: ReportState
    now: Callable[[], datetime]
    on_thread_done: Callable[["Future[None]"], None]
    stop_timeout_s: float = STOP_TIMEOUT_S
    faults: dict[str, str] = field(default_factory=dict)
    _running: dict[str, _Running] = field(default_factory=dict)
    _ended: "list[Future[None]]" = field(default_factory=list)
    _said: dict[str, tuple[str, str]] = field(default_factory=dict)
    _is_over: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _crew: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="camera")
    )

    def start(self, camera: CameraJob) -> None:
        """Run a camera; one of its name must have been ended. Nothing begins once all end."""
        stop = StopRequest()
        with self._lock:
            if self._is_over:
                return
            self.faults.pop(camera.name, None)
            self._said.pop(camera.name, None)
            future = self._crew.submit(
                supervise,
                camera.name,
                build_worker=lambda: camera.build_worker(self._say),
                report_fault=self._fails,
                restarts_after_fault=camera.restarts_after_fault,
                stop=stop,
            )
            self._running[camera.name] = _Running(camera, future, stop)
        future.add_done_callback(self.on_thread_done)

    def stop(self, name: str, reason: CloseReason) -> bool:
        """End a camera, its alerts closed for ``reason``; ``False`` if it does not in time."""
        with self._lock:
            gone = self._running.pop(name, None)
        if gone is None:
            return True
        self._ended.append(gone.future)
        gone.stop.set_with_reason(reason)
        done, _ = wait([gone.future], self.stop_timeout_s)
        return bool(done)

    def restart(self, name: str) -> bool:
        """End a camera that runs and begin it anew; ``False`` if what it did before hangs."""
        with self._lock:
            camera = self._running[name].camera
        has_ended = self.stop(name, CloseReason.RECONFIGURED)
        self.start(camera)
        return has_ended

    def mark_disabled(self, name: str, reason: str) -> None:
        """Say that a camera is not to run."""
        self._say(name, CameraState(state="disabled", since=self.now(), reason=reason))

    @property
    def running_names(self) -> tuple[str, ...]:
        """Those that run, or ran to their end, in order."""
        with self._lock:
            return tuple(sorted(self._running))

    def have_finite_ended(self) -> bool:
        """Tell whether all that come to an end have done so."""
        with self._lock:
            return all(r.future.done() for r in self._running.values() if r.camera.is_finite)

    def stop_all(self) -> None:
        """End all, as the box itself ends; waits for each."""
        with self._lock:
            self._is_over = True
            running = list(self._running.values())
        for each in running:
            each.stop.set()
        for each in running:
            each.future.exception()
        self._crew.shutdown()

    def raise_thread_errors(self) -> None:
        """Raise what a thread died of, if one did."""
        for future in [*self._ended, *(each.future for each in self._running.values())]:
            future.result()

    def _fails(self, name: str, reason: str) -> None:
        self.faults[name] = reason
        self._say(name, CameraState(state="offline", since=self.now(), reason=reason[:200]))

    def _say(self, name: str, state: CameraState) -> None:
        """Pass on what is news; a camera that is called off meanwhile says nothing more."""
        if state.state == "ended" and state.reason:
            self.faults[name] = state.reason
        told = (state.state, state.reason)
        with self._lock:
            if self._said.get(name) == told:
                return
            self._said[name] = told
            self.report_state(name, state)
