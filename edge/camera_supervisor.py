"""The cameras of a box, each in a thread of its own: begun and ended while the others go on."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime

from edge.worker import CameraWorker, Stop, Tell, supervise
from pipeline.alert import CloseReason
from pipeline.wire import CameraState

MOST = 1024
"""Threads; more cameras than any box can watch."""
ENDS_WITHIN = 5.0
"""Seconds that a camera gets to end; a reader that hangs is left behind after one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera to run.

    Args:
        build: Makes its worker anew.
        again: Whether it is begun anew after a fault.
        ends: Whether its source comes to an end.
    """

    name: str
    build: Callable[[Tell], CameraWorker]
    again: bool
    ends: bool


@dataclass(slots=True)
class _Running:
    camera: Camera
    future: "Future[None]"
    stop: Stop


@dataclass(slots=True)
class Cameras:
    """Begins and ends cameras; safe over threads.

    Args:
        tell: Told how a camera fares; what it was told last is not repeated.
        now: The box's clock.
        died: Told of each thread that has ended, and of what.
    """

    tell: Tell
    now: Callable[[], datetime]
    died: Callable[["Future[None]"], None]
    ends_within: float = ENDS_WITHIN
    faults: dict[str, str] = field(default_factory=dict)
    _running: dict[str, _Running] = field(default_factory=dict)
    _ended: "list[Future[None]]" = field(default_factory=list)
    _said: dict[str, tuple[str, str]] = field(default_factory=dict)
    _is_over: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _crew: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(MOST, thread_name_prefix="camera")
    )

    def begin(self, camera: Camera) -> None:
        """Run a camera; one of its name must have been ended. Nothing begins once all end."""
        stop = Stop()
        with self._lock:
            if self._is_over:
                return
            self.faults.pop(camera.name, None)
            self._said.pop(camera.name, None)
            future = self._crew.submit(
                supervise,
                camera.name,
                build=lambda: camera.build(self._say),
                fails=self._fails,
                again=camera.again,
                stop=stop,
            )
            self._running[camera.name] = _Running(camera, future, stop)
        future.add_done_callback(self.died)

    def end(self, name: str, reason: CloseReason) -> bool:
        """End a camera, its alerts closed for ``reason``; ``False`` if it does not in time."""
        with self._lock:
            gone = self._running.pop(name, None)
        if gone is None:
            return True
        self._ended.append(gone.future)
        gone.stop.ask(reason)
        done, _ = wait([gone.future], self.ends_within)
        return bool(done)

    def restart(self, name: str) -> bool:
        """End a camera that runs and begin it anew; ``False`` if what it did before hangs."""
        with self._lock:
            camera = self._running[name].camera
        has_ended = self.end(name, CloseReason.RECONFIGURED)
        self.begin(camera)
        return has_ended

    def rest(self, name: str, reason: str) -> None:
        """Say that a camera is not to run."""
        self._say(name, CameraState(state="disabled", since=self.now(), reason=reason))

    @property
    def names(self) -> tuple[str, ...]:
        """Those that run, or ran to their end, in order."""
        with self._lock:
            return tuple(sorted(self._running))

    def have_ended(self) -> bool:
        """Tell whether all that come to an end have done so."""
        with self._lock:
            return all(r.future.done() for r in self._running.values() if r.camera.ends)

    def end_all(self) -> None:
        """End all, as the box itself ends; waits for each."""
        with self._lock:
            self._is_over = True
            running = list(self._running.values())
        for each in running:
            each.stop.set()
        for each in running:
            each.future.exception()
        self._crew.shutdown()

    def raise_faults(self) -> None:
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
            self.tell(name, state)
