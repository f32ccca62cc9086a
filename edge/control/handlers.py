"""Handlers of commands, one for each kind."""

from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from datetime import datetime

from edge.camera_supervisor import CameraSupervisor
from edge.config.camera_binding import BoundCamera
from edge.config.loader import ResolvedConfig
from edge.control.commands import CommandHandler, CommandResult
from edge.control.self_test import SelfTest
from edge.errors import CommandError, CommandRefusedError
from edge.evidence.evidence_writer import EvidenceWriter, RenderedSnapshot
from edge.frame_tap import DetectAll, FrameTap
from edge.outbox.outbox import Outbox
from pipeline.frame import Frame
from pipeline.wire import AlertMessage, Command, CommandKind, Reason, ReasonCode

FRAME_TIMEOUT_S = 15.0
"""A camera that has just been connected may take so long to send its first key frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandHandlers:
    """Executes commands.

    Args:
        running_config: Returns the configuration that runs now.
        frame_taps: By name of the camera.
        tester: Runs self-tests.
        drill: Builds the messages of a drill, given the camera and an occasion.
        resend_rows: Makes the publisher resend rows, given the boot id, first and last ``seq``.
        now: Clock of the node.
        monotonic: Monotonic clock in seconds.
        started_at: When the node started, by ``monotonic``.
        rotate_key: Rotates the key soon; ``None`` if the key is in ``edge.toml``.
    """

    running_config: Callable[[], ResolvedConfig]
    cameras: CameraSupervisor
    frame_taps: Mapping[str, FrameTap]
    outbox: Outbox
    evidence: EvidenceWriter
    tester: SelfTest
    drill: Callable[[BoundCamera, str], tuple[AlertMessage, ...]]
    resend_rows: Callable[[str, int, int], None]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    started_at: float
    rotate_key: Callable[[], None] | None = None

    def by_kind(self) -> dict[str, CommandHandler]:
        """Return the handler of each kind of command."""
        return {
            CommandKind.PING: self.ping,
            CommandKind.SNAPSHOT: self.snapshot,
            CommandKind.SELF_TEST: self.self_test,
            CommandKind.RESTART_CAMERA: self.restart_camera,
            CommandKind.RESEND: self.resend,
            CommandKind.ROTATE_KEY: self.rotate,
        }

    def ping(self, _: Command) -> CommandResult:
        """Return the uptime and the depth of the outbox."""
        depth = self.outbox.depth()
        return CommandResult(
            results={
                "uptime_s": round(self.monotonic() - self.started_at, 1),
                "outbox_rows": depth.messages,
                "upload_files": depth.uploads,
            }
        )

    def snapshot(self, command: Command) -> CommandResult:
        """Take the next frame, pixelate heads, and queue the picture for upload.

        Raises:
            CommandError: No frame arrived in time, or the disk is too full.
        """
        frame_tap = self._frame_tap(command)

        def render(frame: Frame, detect_all: DetectAll) -> RenderedSnapshot:
            return self.evidence.render_snapshot(frame, detect_all(frame))

        request = frame_tap.request_next(render)
        try:
            evidence, upload = self.evidence.store_snapshot(request.result(FRAME_TIMEOUT_S))
        except (FutureTimeoutError, CancelledError):
            request.cancel()
            raise CommandError(
                Reason.of(ReasonCode.NO_FRAME, seconds=f"{FRAME_TIMEOUT_S:g}")
            ) from None
        if upload is None:
            raise CommandError(Reason.of(ReasonCode.DISK_FULL))
        self.outbox.put((), decided_at=self.now(), uploads=[upload])
        return CommandResult(evidence=(evidence,))

    def self_test(self, command: Command) -> CommandResult:
        """Test the path from the camera to the centre."""
        frame_tap = self._frame_tap(command)
        return self.tester.run(frame_tap, self.drill(self._camera(command), command.id))

    def restart_camera(self, command: Command) -> CommandResult:
        """Stop and start one camera; the others keep running.

        Raises:
            CommandError: Its worker did not stop and was abandoned; the camera runs again.
        """
        camera = self._camera(command)
        if not self.cameras.restart(camera.name):
            raise CommandError(Reason.of(ReasonCode.WORKER_ABANDONED))
        return CommandResult()

    def rotate(self, _: Command) -> CommandResult:
        """Rotate the key of the node, soon after the reply.

        Raises:
            CommandRefusedError: The node was not enrolled by a code.
        """
        if self.rotate_key is None:
            reason = "the key is in edge.toml; enroll the node by a code"
            raise CommandRefusedError(Reason.of(ReasonCode.OTHER, text=reason))
        self.rotate_key()
        return CommandResult()

    def resend(self, command: Command) -> CommandResult:
        """Resend the rows that still wait for a receipt; the others are gone already.

        Raises:
            CommandRefusedError: ``boot_id``, ``first`` or ``last`` is missing.
        """
        boot_id, first, last = command.boot_id, command.first, command.last
        if boot_id is None or first is None or last is None:
            raise CommandRefusedError(Reason.of(ReasonCode.ARGUMENTS_MISSING))
        waiting = self.outbox.count_waiting(boot_id, first, last)
        self.resend_rows(boot_id, first, last)
        return CommandResult(
            results={"rows_sent": waiting, "rows_gone": last - first + 1 - waiting}
        )

    def _camera(self, command: Command) -> BoundCamera:
        for camera in self.running_config().cameras:
            if camera.name == command.camera and camera.name in self.cameras.running_names:
                return camera
        raise CommandRefusedError(Reason.of(ReasonCode.CAMERA_NOT_RUNNING, camera=command.camera))

    def _frame_tap(self, command: Command) -> FrameTap:
        return self.frame_taps[self._camera(command).name]
