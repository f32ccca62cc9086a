"""READ FIRST. An edge node: every stage from the cameras to the centre, and their threads.

```
one thread per camera                                    one thread each
Source ─▶ CameraWorker ─▶ CameraPipeline ─▶ AlertReporter ─┬─▶ Outbox ─────────▶ Publisher ─▶ broker
frames                    alerts            messages       └─▶ EvidenceStore ─▶ Uploader ─▶ centre
                                                               snapshots, clips
```

`edge/worker.py` passes the frames of one camera through the pipeline (`pipeline/camera.py`), and
`edge/alert_reporter.py` writes its alerts to the outbox. `EdgeNode._background_tasks` lists all
other threads. `edge/wiring.py` builds the stages.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import monotonic

from edge.camera_supervisor import CameraSupervisor, stop_on_error
from edge.control.wiring import RemoteControl
from edge.enrolment.rotation import KeyRotation
from edge.errors import CameraFailedError, DeliveryTimeoutError
from edge.evidence.upload import Uploader
from edge.health.counters import Counters
from edge.health.memory_trim import trim_memory_until
from edge.health.node_health import NodeHealthMonitor
from edge.health.systemd import SystemdNotifier
from edge.outbox.outbox import Outbox
from edge.outbox.publisher import Publisher
from pipeline.wire import encode_message

FLUSH_TIMEOUT_S = 2.0
"""How long the last messages may take to reach the centre when the node stops."""
POLL_INTERVAL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """Counts of one run; ``published`` includes repeated deliveries."""

    frames: int
    alerts: int
    messages: int
    published: int
    receipted: int
    rejected: int
    evidence_uploaded: int


@dataclass(frozen=True, slots=True)
class BackgroundTask:
    """A loop that runs in a separate thread.

    Args:
        run: Returns once its event is set.
        wake: Interrupts a wait of ``run``, so that it checks its event.
    """

    run: Callable[[threading.Event], None]
    wake: Callable[[], object] | None = None


@dataclass(slots=True, kw_only=True)
class EdgeNode:
    """All stages of a node and the threads that drive them.

    Args:
        cameras: Runs one thread per camera: source → pipeline → reporter → outbox.
        publisher: Sends the outbox to the broker and applies the centre's receipts to it.
        uploader: Sends stored evidence to the centre.
        health: Measures the node and its cameras.
        rotation: Rotates the key; ``None`` if the node was not enrolled by a code.
        control: Applies the centre's configuration and commands, and runs the daily drills.
        systemd: Reports that the node is alive; ``None`` without a supervisor.
        stop: Ends the run when set; the node sets it too, if one of its threads fails.
        health_every: Seconds between two health messages.
    """

    cameras: CameraSupervisor
    outbox: Outbox
    publisher: Publisher
    uploader: Uploader
    health: NodeHealthMonitor
    control: RemoteControl
    rotation: KeyRotation | None
    counters: Counters
    systemd: SystemdNotifier | None
    stop: threading.Event
    health_every: float = 30.0
    _counts_before: dict[str, int] = field(init=False)
    _stop_tasks: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Remember the durable counters, which go on over all runs."""
        self._counts_before = self.outbox.counters()

    def run(self, *, deliver_within: timedelta | None = None) -> RunSummary:
        """Run until ``stop`` is set; with ``deliver_within``, until all recordings have ended.

        Args:
            deliver_within: How long the centre may take to confirm everything after the last
                recording has ended.

        Raises:
            DeliveryTimeoutError: The centre took longer; unconfirmed rows stay on disk.
            CameraFailedError: A camera failed, or a recording is damaged or truncated.
        """
        tasks, cameras = self._background_tasks(), list(self.control.config.initial_cameras())
        executor = ThreadPoolExecutor(len(tasks), thread_name_prefix="edge")
        futures = [executor.submit(task.run, self._stop_tasks) for task in tasks]
        for future in futures:
            future.add_done_callback(partial(stop_on_error, self.stop))
        try:
            for camera in cameras:
                self.cameras.start(camera)
            if deliver_within is None:
                self.stop.wait()
            else:
                self._run_recordings(deliver_within)
        finally:
            self._shut_down(tasks)
            executor.shutdown()
        self._raise_thread_errors(futures)
        return self._summary()

    def _background_tasks(self) -> list[BackgroundTask]:
        """List every thread beside those of the cameras."""
        control = self.control
        tasks = [
            BackgroundTask(self.publisher.run, self.publisher.wake),  # outbox ⇄ broker
            BackgroundTask(self.uploader.run, self.uploader.wake),  # evidence → centre
            BackgroundTask(self._publish_health),  # counters → broker
            BackgroundTask(control.config.run, control.config.wake),  # configuration → cameras
            BackgroundTask(control.commands.run, control.commands.wake),  # commands → replies
            BackgroundTask(control.time_poller.run),  # the centre's clock
            BackgroundTask(trim_memory_until),
        ]
        tasks += [BackgroundTask(control.drills.run)] if control.drills else []  # test alerts
        if self.rotation:  # new key → all connections
            tasks.append(BackgroundTask(self.rotation.run, self.rotation.request))
        tasks += [BackgroundTask(self.systemd.run)] if self.systemd else []
        return tasks

    def camera_error(self) -> CameraFailedError | None:
        """Return the faults of all cameras as one error; ``None`` if there are none."""
        faults = self.cameras.faults
        return CameraFailedError(tuple(sorted(faults.items()))) if faults else None

    def _run_recordings(self, deliver_within: timedelta) -> None:
        while not (self.stop.is_set() or self.cameras.have_finite_ended()):
            self.stop.wait(POLL_INTERVAL_S)
        if not self._wait_until_delivered(deliver_within.total_seconds(), unless=self.stop):
            depth = self.outbox.depth()
            raise DeliveryTimeoutError(deliver_within, depth.messages, depth.uploads)

    def _wait_until_delivered(self, timeout_s: float, *, unless: threading.Event) -> bool:
        deadline = monotonic() + timeout_s
        while not unless.is_set():
            depth = self.outbox.depth()
            if not (depth.messages or depth.uploads):
                return True
            if monotonic() > deadline:
                return False
            unless.wait(POLL_INTERVAL_S)
        return True

    def _shut_down(self, tasks: Iterable[BackgroundTask]) -> None:
        """Stop the cameras first, then the tasks that deliver their last messages."""
        self.stop.set()
        self.cameras.stop_all()
        if self.publisher.is_connected:
            self._wait_until_delivered(FLUSH_TIMEOUT_S, unless=self._stop_tasks)
        self._stop_tasks.set()
        for task in tasks:
            if task.wake is not None:
                task.wake()

    def _raise_thread_errors(self, futures: "Iterable[Future[None]]") -> None:
        for future in futures:
            future.result()
        self.cameras.raise_thread_errors()

    def _publish_health(self, stop: threading.Event) -> None:
        while not stop.wait(self.health_every):
            payload = encode_message(self.health.measure())
            self.publisher.report("health", payload=payload, retain=False)

    def _summary(self) -> RunSummary:
        counts = self.outbox.counters()
        new = {name: n - self._counts_before.get(name, 0) for name, n in counts.items()}
        return RunSummary(
            frames=int(self.counters.total("frames")),
            alerts=int(self.counters.total("alerts")),
            messages=new.get("written", 0),
            published=int(self.counters.total("published")),
            receipted=new.get("receipted", 0),
            rejected=new.get("rejected", 0),
            evidence_uploaded=new.get("evidence_uploaded", 0),
        )
