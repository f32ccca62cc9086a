"""An edge box at work: its threads, their orderly end, and what came of it."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import structlog

from edge.errors import CameraFailedError, UnfinishedError
from edge.health import Counters
from edge.outbox import Outbox
from edge.publish import Publisher
from edge.upload import Uploader
from edge.worker import CameraWorker, Tell, supervise
from pipeline.wire import CameraState, Health, write

log = structlog.get_logger()

GRACE = 2.0
"""Seconds that the last messages get for their way when the box is stopped."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What came of one run; published counts every resend."""

    frames: int
    alerts: int
    messages: int
    published: int
    receipted: int
    rejected: int
    evidence_uploaded: int


class EdgeBox:
    """Cameras, publisher, uploader and health, each in a thread of its own.

    Args:
        now: The box's clock.
        health_every: Seconds from one message of counters to the next.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        counters: Counters,
        publisher: Publisher,
        uploader: Uploader,
        now: Callable[[], datetime],
        health_every: float = 30.0,
    ) -> None:
        self._outbox, self._counters = outbox, counters
        self._publisher, self._uploader, self._now = publisher, uploader, now
        self._health_every = health_every
        self._cameras: list[Camera] = []
        self._before = outbox.tally()
        self._faults: dict[str, str] = {}
        self._quit = threading.Event()

    def add(self, camera: Camera) -> None:
        """Take a camera before the run begins."""
        self._cameras.append(camera)

    def run(self, stop: threading.Event, *, deliver_within: timedelta | None = None) -> Summary:
        """Run until ``stop``; or, with ``deliver_within``, until the recordings have ended.

        Args:
            deliver_within: How long, after the last recording, the centre may take to
                confirm everything.

        Raises:
            UnfinishedError: It took longer; what is left waits on the disk.
            CameraFailedError: A camera failed, or a recording was torn or cut short.
        """
        crew = ThreadPoolExecutor(len(self._cameras) + 3, thread_name_prefix="edge")
        network = [
            crew.submit(task, self._quit)
            for task in (self._publisher.run, self._uploader.run, self._tell_health)
        ]
        cameras = {camera.name: self._start(crew, camera, stop) for camera in self._cameras}
        for future in (*network, *cameras.values()):
            future.add_done_callback(partial(_stop_on_fault, stop))
        try:
            if deliver_within is None:
                stop.wait()
            else:
                self._play(stop, cameras, deliver_within)
        finally:
            self._end(stop, cameras.values())
            crew.shutdown()
        for future in (*network, *cameras.values()):
            future.result()
        return self._summary()

    def complaint(self) -> CameraFailedError | None:
        """What went wrong with cameras, if anything did."""
        return CameraFailedError(tuple(sorted(self._faults.items()))) if self._faults else None

    def _start(
        self, crew: ThreadPoolExecutor, camera: Camera, stop: threading.Event
    ) -> "Future[None]":
        return crew.submit(
            supervise,
            camera.name,
            build=lambda: camera.build(self._tell),
            fails=self._camera_fails,
            again=camera.again,
            stop=stop,
        )

    def _play(
        self, stop: threading.Event, cameras: dict[str, "Future[None]"], within: timedelta
    ) -> None:
        ending = [cameras[camera.name] for camera in self._cameras if camera.ends]
        while not (stop.is_set() or all(future.done() for future in ending)):
            stop.wait(0.05)
        if not self._wait_until_delivered(within.total_seconds(), unless=stop):
            depth = self._outbox.depth()
            raise UnfinishedError(within, depth.messages, depth.uploads)

    def _wait_until_delivered(self, seconds: float, *, unless: threading.Event) -> bool:
        until = monotonic() + seconds
        while not unless.is_set():
            depth = self._outbox.depth()
            if not (depth.messages or depth.uploads):
                return True
            if monotonic() > until:
                return False
            unless.wait(0.05)
        return True

    def _end(self, stop: threading.Event, cameras: Iterable["Future[None]"]) -> None:
        """Cameras first, then what carries their last words."""
        stop.set()
        for future in cameras:
            future.exception()
        if self._publisher.connected:
            self._wait_until_delivered(GRACE, unless=self._quit)
        self._quit.set()
        self._publisher.wake()
        self._uploader.wake()

    def _camera_fails(self, name: str, reason: str) -> None:
        self._faults[name] = reason
        self._tell(name, CameraState(state="offline", since=self._now(), reason=reason[:200]))

    def _tell(self, name: str, state: CameraState) -> None:
        if state.state == "ended" and state.reason:
            self._faults[name] = state.reason
        self._publisher.say("camera", name, payload=write(state))

    def _tell_health(self, stop: threading.Event) -> None:
        while not stop.wait(self._health_every):
            health = Health(
                boot_id=self._outbox.boot_id,
                at=self._now(),
                outbox_rows=self._outbox.depth().messages,
                counters=self._counters.by_name(),
            )
            self._publisher.say("health", payload=write(health), retain=False)

    def _summary(self) -> Summary:
        tally = self._outbox.tally()
        new = {name: count - self._before.get(name, 0) for name, count in tally.items()}
        return Summary(
            frames=int(self._counters.total("frames")),
            alerts=int(self._counters.total("alerts")),
            messages=new.get("written", 0),
            published=int(self._counters.total("published")),
            receipted=new.get("receipted", 0),
            rejected=new.get("rejected", 0),
            evidence_uploaded=new.get("evidence_uploaded", 0),
        )


def _stop_on_fault(stop: threading.Event, future: "Future[None]") -> None:
    """A thread that dies takes the box down, to be started anew: better than silence."""
    if future.exception() is not None:
        log.error("thread_died", reason=repr(future.exception()))
        stop.set()
