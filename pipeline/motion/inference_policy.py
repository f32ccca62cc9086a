"""When the model looks: where nothing moves hardly ever, at every sample while a decision hangs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from pipeline.detection import Detections, Float32Array
from pipeline.motion.detection_memory import DetectionMemory, joined, xywh_to_xyxy
from pipeline.motion.inference_result import InferenceResult
from pipeline.motion.motion_gate import NO_BOXES, MotionMask


class InferenceReason(StrEnum):
    """Why the model looks at a frame, or does not; the names go to health and metrics."""

    COLD_START = "cold"
    DECISION_PENDING = "deciding"
    INTERVAL = "pace"
    NEW_OBJECT = "surprised"
    SETTLING = "settling"
    HEARTBEAT = "heartbeat"
    DEFERRED = "owed"
    PREDICTED = "explained"
    NO_MOTION = "quiet"
    OVERLOADED = "busy"

    @property
    def runs_inference(self) -> bool:
        """Whether the model is asked."""
        return self not in {
            InferenceReason.PREDICTED,
            InferenceReason.NO_MOTION,
            InferenceReason.OVERLOADED,
        }

    @property
    def is_idle(self) -> bool:
        """Whether nothing stirs: who decodes key frames alone may go on so."""
        return self in {
            InferenceReason.COLD_START,
            InferenceReason.HEARTBEAT,
            InferenceReason.NO_MOTION,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyConfig:
    """How attentive one is. Short times find more, and cost more."""

    heartbeat: timedelta = timedelta(seconds=10)
    """The longest time without a look, whatever the gate says."""
    motion_interval: timedelta = timedelta(milliseconds=350)
    """The longest time without a look while anything moves: with five samples a second, one is
    left out. No habit leaves out two in a row."""
    full_frame_interval: timedelta = timedelta(seconds=2)
    """The longest time without a look at the whole frame while anything moves."""
    settle_inferences: int = 1
    """Looks after the last motion: how things stand when they come to rest."""


class InferencePolicy:
    """Decide for the frames of one camera whether the model looks, and say what stands.

    For each frame ``decide``, then either ``update`` or ``predict``. It pickles.

    Args:
        confidence_threshold: From this score on a detection counts by itself.
        labels: Labels that matter to somebody; others surprise nobody.
        use_regions: Looks may take in parts: what moves is gathered for ``choose_regions``.

    Attributes:
        is_decision_pending: A decision hangs: the rules are told of every motion as it is.
    """

    def __init__(
        self,
        confidence_threshold: float,
        labels: frozenset[str],
        config: PolicyConfig | None = None,
        *,
        use_regions: bool = False,
    ) -> None:
        self.is_decision_pending = False
        self._habits = config or PolicyConfig()
        self._memory = DetectionMemory(confidence_threshold, labels)
        self._looked: datetime | None = None
        self._whole: datetime | None = None
        self._narrows = use_regions
        self._moving = NO_BOXES
        self._surprised = False
        self._skipped = False
        self._owed = False
        self._stirred = True
        self._settle = 0

    def decide(self, at: datetime, moved: MotionMask) -> InferenceReason:
        """Judge a frame by what moved in it.

        Args:
            at: Its capture time, not before the last.
            moved: What the gate says of it.
        """
        if moved:
            self._settle, self._stirred = self._habits.settle_inferences, True
            if self._narrows:
                self._moving = np.concatenate([self._moving, xywh_to_xyxy(moved.boxes)])
        since = None if self._looked is None else at - self._looked
        if since is None or moved.is_cold:
            return InferenceReason.COLD_START
        if since >= self._habits.heartbeat:
            return InferenceReason.HEARTBEAT
        if self._owed:
            return InferenceReason.DEFERRED
        return self._of_motion(since) if moved else self._of_rest()

    def choose_regions(
        self, at: datetime, moved: MotionMask, reason: InferenceReason
    ) -> tuple[Float32Array, Float32Array] | None:
        """Say what the look that was asked for must take in; nothing stands for the whole frame.

        Returns:
            All that has moved since the last look and who is restless; and who stands still:
            [n, 4] of corners each.
        """
        is_new = reason in {InferenceReason.COLD_START, InferenceReason.HEARTBEAT} or not moved
        if (
            not self._narrows
            or is_new
            or self._whole is None
            or at - self._whole >= self._habits.full_frame_interval
        ):
            return None
        restless, others = self._memory.split_by_motion(at)
        return np.concatenate([self._moving, restless]), others

    def update(self, at: datetime, moved: MotionMask, looked: InferenceResult) -> Detections:
        """Take what the model found in the frame that was asked about.

        Returns:
            That, and what stands where it did not look.
        """
        self._settle -= not moved
        parts = None if looked.is_full_frame else looked.regions
        quiet = not self._stirred
        self._surprised = self._memory.update(at, looked.detections, quiet=quiet, regions=parts)
        self._looked, self._owed, self._stirred = at, False, bool(moved)
        self._skipped, self._moving = False, NO_BOXES
        if looked.is_full_frame:
            self._whole = at
        return joined(looked.detections, self._memory.outside_regions)

    def predict(self, at: datetime, moved: MotionMask, *, refused: bool = False) -> Detections:
        """Say what stands in a frame that the model does not look at.

        Args:
            at: Its capture time.
            moved: What the gate says of it.
            refused: A look was wanted; the next frame wants it still.
        """
        self._owed = self._owed or refused
        self._skipped = True
        return self._memory.predict(at, quiet=not moved)

    def _of_motion(self, since: timedelta) -> InferenceReason:
        if self.is_decision_pending:
            return InferenceReason.DECISION_PENDING
        if self._surprised:
            return InferenceReason.NEW_OBJECT
        return (
            InferenceReason.INTERVAL
            if self._skipped or since >= self._habits.motion_interval
            else InferenceReason.PREDICTED
        )

    def _of_rest(self) -> InferenceReason:
        """Look once more when motion ends: things may have stopped anywhere."""
        if self._settle > 0:
            return InferenceReason.SETTLING
        return InferenceReason.NEW_OBJECT if self._surprised else InferenceReason.NO_MOTION
