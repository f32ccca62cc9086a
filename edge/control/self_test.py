"""Test the path from a camera to the centre, on command, and time each step."""

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from datetime import datetime

from edge.control.commands import CommandResult
from edge.errors import EdgeError, InternalFaultError
from edge.fault_boundary import faults_as_errors
from edge.frame_tap import FrameTap
from edge.outbox.outbox import Outbox
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.wire import AlertMessage, Reason, ReasonCode, TestStep

STEPS = ("capture", "model", "outbox", "centre")
FRAME_TIMEOUT_S = 15.0
RECEIPT_TIMEOUT_S = 20.0
"""A row without a receipt is sent again after five seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """Tests one camera at a time; thread-safe.

    Args:
        detect: Runs the model on a frame, without the motion gate.
        now: Clock of the node.
        monotonic: Monotonic clock in seconds.
    """

    outbox: Outbox
    detect: Callable[[Frame], Detections]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    frame_timeout_s: float = FRAME_TIMEOUT_S
    receipt_timeout_s: float = RECEIPT_TIMEOUT_S

    def run(self, frame_tap: FrameTap, messages: Sequence[AlertMessage]) -> CommandResult:
        """Run the steps in order until one fails.

        Args:
            messages: A drill of the camera that ``frame_tap`` belongs to.

        Returns:
            All steps; those after a failed one are listed as not reached.
        """
        steps = self._test_capture_and_model(frame_tap)
        if all(step.passed for step in steps):
            steps += self._test_outbox_and_centre(messages)
        names = [step.name for step in steps]
        not_reached = Reason.of(ReasonCode.NOT_REACHED)
        steps += [_failed(name, not_reached) for name in STEPS if name not in names]
        failed = next((step for step in steps if not step.passed), None)
        reason = (
            Reason.of(ReasonCode.STEP_FAILED, step=failed.name, text=failed.reason)
            if failed
            else None
        )
        return CommandResult(
            reason=reason,
            results={"way_ms": round(sum(step.took_ms or 0 for step in steps), 1)},
            steps=tuple(steps),
        )

    def _test_capture_and_model(self, frame_tap: FrameTap) -> list[TestStep]:
        def detect(frame: Frame, _: object) -> tuple[float, float, Reason | None]:
            captured_at = self.monotonic()
            reason = None
            try:
                with faults_as_errors("self_test"):
                    self.detect(frame)
            except InternalFaultError as fault:
                reason = Reason.of(ReasonCode.INTERNAL_ERROR, type=fault.error_type)
            return captured_at, self.monotonic(), reason

        started_at = self.monotonic()
        request = frame_tap.request_next(detect)
        try:
            captured_at, detected_at, reason = request.result(self.frame_timeout_s)
        except (FutureTimeoutError, CancelledError):
            request.cancel()
            reason = Reason.of(ReasonCode.NO_FRAME, seconds=f"{self.frame_timeout_s:g}")
            return [_failed("capture", reason)]
        capture = _passed("capture", captured_at - started_at)
        model = _failed("model", reason) if reason else _passed("model", detected_at - captured_at)
        return [capture, model]

    def _test_outbox_and_centre(self, messages: Sequence[AlertMessage]) -> list[TestStep]:
        started_at = self.monotonic()
        try:
            seqs = self.outbox.put(messages, decided_at=self.now())
        except EdgeError as error:
            return [_failed("outbox", Reason.of(ReasonCode.OTHER, text=error))]
        written_at = self.monotonic()
        outbox = _passed("outbox", written_at - started_at)
        if not self.outbox.wait_for_receipts(seqs, self.receipt_timeout_s):
            reason = Reason.of(ReasonCode.NO_RECEIPT, seconds=f"{self.receipt_timeout_s:g}")
            return [outbox, _failed("centre", reason)]
        if self.outbox.any_rejected(seqs):
            return [outbox, _failed("centre", Reason.of(ReasonCode.DRILL_REJECTED))]
        return [outbox, _passed("centre", self.monotonic() - written_at)]


def _passed(name: str, seconds: float) -> TestStep:
    return TestStep(name=name, passed=True, took_ms=round(seconds * 1000, 1))


def _failed(name: str, reason: Reason) -> TestStep:
    return TestStep(
        name=name,
        passed=False,
        took_ms=None,
        reason=str(reason),
        reason_code=reason.code,
        reason_params=dict(reason.params),
    )
