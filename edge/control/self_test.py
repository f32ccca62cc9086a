"""The whole way walked on demand: capture, model, outbox, centre; each step with its time."""

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as TooSlowError
from dataclasses import dataclass
from datetime import datetime

from edge.control.commands import CommandResult
from edge.errors import EdgeError
from edge.evidence.executor import InlineExecutor
from edge.frame_tap import FrameTap
from edge.outbox.outbox import Outbox
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.wire import AlertMessage, TestStep

STEPS = ("capture", "model", "outbox", "centre")
FRAME_TIMEOUT_S = 15.0
RECEIPT_TIMEOUT_S = 20.0
"""Seconds; a row without a receipt is sent again after five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """Walks the way for one camera at a time; safe over threads.

    Args:
        detect: The model itself, no gate before it.
        now: The box's clock.
        monotonic: Seconds that only grow.
    """

    outbox: Outbox
    detect: Callable[[Frame], Detections]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    frame_timeout_s: float = FRAME_TIMEOUT_S
    receipt_timeout_s: float = RECEIPT_TIMEOUT_S

    def run(self, window: FrameTap, messages: Sequence[AlertMessage]) -> CommandResult:
        """Go as far as it goes.

        Args:
            messages: An exercise alert of the camera behind ``window``.
        """
        steps = self._test_capture_and_model(window)
        if all(step.passed for step in steps):
            steps += self._test_outbox_and_centre(messages)
        names = [step.name for step in steps]
        steps += [_not_reached(name) for name in STEPS if name not in names]
        broken = next((step for step in steps if not step.passed), None)
        return CommandResult(
            reason=f"{broken.name}: {broken.reason}" if broken else "",
            results={"way_ms": round(sum(step.took_ms or 0 for step in steps), 1)},
            steps=tuple(steps),
        )

    def _test_capture_and_model(self, window: FrameTap) -> list[TestStep]:
        def timed(frame: Frame, _: object) -> tuple[float, float, str]:
            came = self.monotonic()
            wrong = InlineExecutor().submit(self.detect, frame).exception()
            return came, self.monotonic(), f"fault: {type(wrong).__name__}" if wrong else ""

        began = self.monotonic()
        asked = window.request_next(timed)
        try:
            came, looked, wrong = asked.result(self.frame_timeout_s)
        except (TooSlowError, CancelledError):
            asked.cancel()
            return [_failed("capture", f"no picture within {self.frame_timeout_s:g} s")]
        capture = _passed("capture", came - began)
        model = _failed("model", wrong) if wrong else _passed("model", looked - came)
        return [capture, model]

    def _test_outbox_and_centre(self, messages: Sequence[AlertMessage]) -> list[TestStep]:
        began = self.monotonic()
        try:
            numbers = self.outbox.put(messages, decided_at=self.now())
        except EdgeError as error:
            return [_failed("outbox", str(error))]
        written = self.monotonic()
        outbox = _passed("outbox", written - began)
        if not self.outbox.wait_for_receipts(numbers, self.receipt_timeout_s):
            return [outbox, _failed("centre", f"no receipt within {self.receipt_timeout_s:g} s")]
        if self.outbox.any_rejected(numbers):
            return [outbox, _failed("centre", "it refused the exercise alert")]
        return [outbox, _passed("centre", self.monotonic() - written)]


def _passed(name: str, seconds: float) -> TestStep:
    return TestStep(name=name, passed=True, took_ms=round(seconds * 1000, 1))


def _failed(name: str, reason: str) -> TestStep:
    return TestStep(name=name, passed=False, took_ms=None, reason=reason[:2000])


def _not_reached(name: str) -> TestStep:
    return _failed(name, "was not reached")
