"""What a box can be asked for, kind by kind."""

from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as TooSlowError
from dataclasses import dataclass
from datetime import datetime

from edge.camera_supervisor import CameraSupervisor
from edge.config.binding import BoundCamera
from edge.config.plan import Plan
from edge.control.commands import CommandHandler, CommandResult
from edge.control.self_test import SelfTest
from edge.errors import CommandError, CommandRefusedError
from edge.evidence.evidence_writer import EvidenceWriter, RenderedSnapshot
from edge.frame_tap import DetectAll, FrameTap
from edge.outbox.outbox import Outbox
from pipeline.frame import Frame
from pipeline.wire import AlertMessage, Command, CommandKind

FRAME_TIMEOUT_S = 15.0
"""Seconds; a key frame may be that far away when a camera is called anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandHandlers:
    """Carries commands out.

    Args:
        plan: Gives what runs now.
        windows: Of the cameras that run.
        drill: Makes an exercise alert of a camera, for a happening of this name.
        resend_rows: Has waiting rows of a boot sent again at once, from number to number.
        now: The box's clock.
        monotonic: Seconds that only grow, and ``started_at`` when the box did.
    """

    plan: Callable[[], Plan]
    cameras: CameraSupervisor
    windows: Mapping[str, FrameTap]
    outbox: Outbox
    evidence: EvidenceWriter
    tester: SelfTest
    drill: Callable[[BoundCamera, str], tuple[AlertMessage, ...]]
    resend_rows: Callable[[str, int, int], None]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    started_at: float

    def by_kind(self) -> dict[str, CommandHandler]:
        """Give what carries out each kind."""
        return {
            CommandKind.PING: self.ping,
            CommandKind.SNAPSHOT: self.snapshot,
            CommandKind.SELF_TEST: self.self_test,
            CommandKind.RESTART_CAMERA: self.restart_camera,
            CommandKind.RESEND: self.resend,
        }

    def ping(self, _: Command) -> CommandResult:
        """Say that somebody is here."""
        depth = self.outbox.depth()
        return CommandResult(
            results={
                "uptime_s": round(self.monotonic() - self.started_at, 1),
                "outbox_rows": depth.messages,
                "upload_files": depth.uploads,
            }
        )

    def snapshot(self, command: Command) -> CommandResult:
        """Take the next picture, heads hidden, and have it uploaded as those of alerts are."""
        window = self._window(command)

        def drawn(frame: Frame, look: DetectAll) -> RenderedSnapshot:
            return self.evidence.render_snapshot(frame, look(frame))

        asked = window.request_next(drawn)
        try:
            evidence, upload = self.evidence.store_snapshot(asked.result(FRAME_TIMEOUT_S))
        except (TooSlowError, CancelledError):
            asked.cancel()
            raise CommandError(f"no picture within {FRAME_TIMEOUT_S:g} s") from None
        if upload is None:
            raise CommandError("the disk is too full for pictures")
        self.outbox.put((), decided_at=self.now(), uploads=[upload])
        return CommandResult(evidence=(evidence,))

    def self_test(self, command: Command) -> CommandResult:
        """Walk the whole way."""
        window = self._window(command)
        return self.tester.run(window, self.drill(self._camera(command), command.id))

    def restart_camera(self, command: Command) -> CommandResult:
        """End a camera and begin it anew; the others go on."""
        camera = self._camera(command)
        if not self.cameras.restart(camera.name):
            raise CommandError("it hung: it is begun anew, and what it did before left behind")
        return CommandResult()

    def resend(self, command: Command) -> CommandResult:
        """Send rows again that wait for their receipt; what has one is gone."""
        boot_id, first, last = command.boot_id, command.first, command.last
        if boot_id is None or first is None or last is None:
            raise CommandRefusedError("boot_id, first or last is missing")
        waiting = self.outbox.count_waiting(boot_id, first, last)
        self.resend_rows(boot_id, first, last)
        return CommandResult(
            results={"rows_sent": waiting, "rows_gone": last - first + 1 - waiting}
        )

    def _camera(self, command: Command) -> BoundCamera:
        for camera in self.plan().cameras:
            if camera.name == command.camera and camera.name in self.cameras.running_names:
                return camera
        raise CommandRefusedError(f"no camera {command.camera} runs here")

    def _window(self, command: Command) -> FrameTap:
        return self.windows[self._camera(command).name]
