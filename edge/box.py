"""An edge box at work: its threads, their orderly end, and what came of it."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import structlog

from edge.camera_supervisor import CameraJob, CameraSupervisor
from edge.errors import CameraFailedError, DeliveryTimeoutError
from edge.evidence.upload import Uploader
from edge.health.counters import Counters
from edge.outbox.outbox import Outbox
from edge.outbox.publisher import Publisher
from pipeline.wire import CameraState, Health, encode_message

log = structlog.get_logger()

FLUSH_TIMEOUT_S = 2.0
"""Seconds that the last messages get for their way when the box is stopped."""
Task = Callable[[threading.Event], None]
"""Runs until the event is set, in a thread of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What came of one run; published counts every resend."""

    frames: int
    alerts: int
    messages: int
    published: int
    receipted: int
    rejected: int
    evidence_uploaded: int


class EdgeNode:
    """Cameras, publisher, uploader and health, each in a thread of its own.

    Args:
        now: The box's clock.
        health: Takes the measure of the box.
        health_every: Seconds from one message of it to the next.

    Attributes:
        cameras: Those that run; more may be begun and ended meanwhile.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        counters: Counters,
        publisher: Publisher,
        uploader: Uploader,
        now: Callable[[], datetime],
        health: Callable[[], Health],
        health_every: float = 30.0,
    ) -> None:
        self._outbox, self._counters = outbox, counters
        self._publisher = publisher
        self._health, self._health_every = health, health_every
        self.cameras = CameraSupervisor(
            report_state=self._tell, now=now, on_thread_done=self._stop_on_fault
        )
        self._first: list[CameraJob] = []
        self._tasks: list[Task] = [publisher.run, uploader.run, self._tell_health]
        self._wakes: list[Callable[[], object]] = [publisher.wake, uploader.wake]
        self._before = outbox.counters()
        self._stop, self._quit = threading.Event(), threading.Event()

    def add_camera(self, camera: CameraJob) -> None:
        """Take a camera before the run begins."""
        self._first.append(camera)

    def add_task(self, task: Task, wake: Callable[[], object] = bool) -> None:
        """Take a task before the run begins; it ends with the network.

        Args:
            wake: Called at the end, when the task shall look at its event.
        """
        self._tasks.append(task)
        self._wakes.append(wake)

    def run(self, stop: threading.Event, *, deliver_within: timedelta | None = None) -> RunSummary:
        """Run until ``stop``; or, with ``deliver_within``, until the recordings have ended.

        Args:
            deliver_within: How long, after the last recording, the centre may take to
                confirm everything.

        Raises:
            DeliveryTimeoutError: It took longer; what is left waits on the disk.
            CameraFailedError: A camera failed, or a recording was torn or cut short.
        """
        self._stop = stop
        crew = ThreadPoolExecutor(len(self._tasks), thread_name_prefix="edge")
        tasks = [crew.submit(task, self._quit) for task in self._tasks]
        for future in tasks:
            future.add_done_callback(self._stop_on_fault)
        try:
            for camera in self._first:
                self.cameras.start(camera)
            if deliver_within is None:
                stop.wait()
            else:
                self._play(stop, deliver_within)
        finally:
            self._end()
            crew.shutdown()
        self._raise_faults(tasks)
        return self._summary()

    def camera_error(self) -> CameraFailedError | None:
        """What went wrong with cameras, if anything did."""
        faults = self.cameras.faults
        return CameraFailedError(tuple(sorted(faults.items()))) if faults else None

    def _play(self, stop: threading.Event, within: timedelta) -> None:
        while not (stop.is_set() or self.cameras.have_finite_ended()):
            stop.wait(0.05)
        if not self._wait_until_delivered(within.total_seconds(), unless=stop):
            depth = self._outbox.depth()
            raise DeliveryTimeoutError(within, depth.messages, depth.uploads)

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

    def _end(self) -> None:
        """Cameras first, then what carries their last words."""
        self._stop.set()
        self.cameras.stop_all()
        if self._publisher.is_connected:
            self._wait_until_delivered(FLUSH_TIMEOUT_S, unless=self._quit)
        self._quit.set()
        for wake in self._wakes:
            wake()

    def _raise_faults(self, tasks: "Iterable[Future[None]]") -> None:
        for future in tasks:
            future.result()
        self.cameras.raise_thread_errors()

    def _stop_on_fault(self, future: "Future[None]") -> None:
        """A thread that dies takes the box down, to be started anew: better than silence."""
        if future.exception() is not None:
            log.error("thread_died", reason=repr(future.exception()))
            self._stop.set()

    def _tell(self, name: str, state: CameraState) -> None:
        self._publisher.report("camera", name, payload=encode_message(state))

    def _tell_health(self, stop: threading.Event) -> None:
        while not stop.wait(self._health_every):
            self._publisher.report("health", payload=encode_message(self._health()), retain=False)

    def _summary(self) -> RunSummary:
        tally = self._outbox.counters()
        new = {name: count - self._before.get(name, 0) for name, count in tally.items()}
        return RunSummary(
            frames=int(self._counters.total("frames")),
            alerts=int(self._counters.total("alerts")),
            messages=new.get("written", 0),
            published=int(self._counters.total("published")),
            receipted=new.get("receipted", 0),
            rejected=new.get("rejected", 0),
            evidence_uploaded=new.get("evidence_uploaded", 0),
        )
