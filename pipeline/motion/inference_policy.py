"""Decide which frames of a camera need an inference, and on which regions.

Rarely where nothing moves; on every sampled frame while an alert decision is pending.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from pipeline.detection import Detections
from pipeline.geometry.boxes import Float32Array, xywh_to_xyxy
from pipeline.motion.detection_memory import DetectionMemory
from pipeline.motion.motion_gate import NO_BOXES, MotionMask
from pipeline.ports import InferenceResult


class InferenceReason(StrEnum):
    """Why an inference runs on a frame or not; the values appear in health and metrics."""

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
        """Whether the model runs on the frame."""
        return self not in {
            InferenceReason.PREDICTED,
            InferenceReason.NO_MOTION,
            InferenceReason.OVERLOADED,
        }

    @property
    def is_idle(self) -> bool:
        """Whether nothing moves, so that decoding key frames is enough."""
        return self in {
            InferenceReason.COLD_START,
            InferenceReason.HEARTBEAT,
            InferenceReason.NO_MOTION,
        }

    @property
    def predicts_positions(self) -> bool:
        """Whether objects move and their positions are predicted, not detected."""
        return self in {InferenceReason.PREDICTED, InferenceReason.OVERLOADED}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyConfig:
    """Longest times without an inference. Shorter ones find more and cost more."""

    heartbeat: timedelta = timedelta(seconds=10)
    """In any case."""
    motion_interval: timedelta = timedelta(milliseconds=350)
    """While anything moves: at five samples a second, every other one. Two samples in a row are
    never skipped, whatever is set here."""
    full_frame_interval: timedelta = timedelta(seconds=2)
    """Without an inference on the full frame while anything moves."""
    settle_inferences: int = 1
    """Inferences after the last motion, to see where objects came to rest."""


class InferencePolicy:
    """Decide on each frame of one camera whether to infer, and predict detections if not.

    For each frame call ``decide``, then ``update`` with the result of the inference, or
    ``predict`` if there was none. Instances pickle.

    Args:
        confidence_threshold: That of the detector.
        labels: Labels that some scenario needs; new objects of others do not trigger inferences.
        config: Intervals.
        use_regions: Collect moving regions for ``choose_regions``.

    Attributes:
        is_decision_pending: Set by the owner: an alert may open soon, so every motion needs an
            inference.
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
        self._config = config or PolicyConfig()
        self._memory = DetectionMemory(confidence_threshold, labels)
        self._last_inference: datetime | None = None
        self._last_full_frame: datetime | None = None
        self._use_regions = use_regions
        self._moving = NO_BOXES
        self._has_new_object = False
        self._skipped = False
        self._is_deferred = False
        self._moved_since_inference = True
        self._settle_left = 0

    def decide(self, at: datetime, motion: MotionMask) -> InferenceReason:
        """Decide whether a frame needs an inference.

        Args:
            at: Capture time, not before the previous frame.
            motion: Result of the motion gate.
        """
        if motion:
            self._settle_left, self._moved_since_inference = self._config.settle_inferences, True
            if self._use_regions:
                self._moving = np.concatenate([self._moving, xywh_to_xyxy(motion.boxes)])
        since = None if self._last_inference is None else at - self._last_inference
        if since is None or motion.is_cold:
            return InferenceReason.COLD_START
        if since >= self._config.heartbeat:
            return InferenceReason.HEARTBEAT
        if self._is_deferred:
            return InferenceReason.DEFERRED
        return self._decide_moving(since) if motion else self._decide_still()

    def choose_regions(
        self, at: datetime, motion: MotionMask, reason: InferenceReason
    ) -> tuple[Float32Array, Float32Array] | None:
        """Choose the regions for the inference that ``decide`` asked for.

        Returns:
            Boxes to cover (everything that moved since the last inference, and unsettled objects)
            and boxes of resting objects, which no region may cut: [n, 4] left, top, right, bottom
            each. ``None`` for the full frame.
        """
        if (
            not self._use_regions
            or not motion
            or reason in {InferenceReason.COLD_START, InferenceReason.HEARTBEAT}
            or self._last_full_frame is None
            or at - self._last_full_frame >= self._config.full_frame_interval
        ):
            return None
        unsettled, resting = self._memory.split_by_motion(at)
        return np.concatenate([self._moving, unsettled]), resting

    def update(self, at: datetime, motion: MotionMask, result: InferenceResult) -> Detections:
        """Record the result of an inference.

        Returns:
            Its detections and the remembered ones outside the regions it covered.
        """
        self._settle_left -= not motion
        self._has_new_object = self._memory.update(
            at,
            result.detections,
            quiet=not self._moved_since_inference,
            regions=None if result.is_full_frame else result.regions,
        )
        self._last_inference, self._is_deferred = at, False
        self._moved_since_inference = bool(motion)
        self._skipped, self._moving = False, NO_BOXES
        if result.is_full_frame:
            self._last_full_frame = at
        return result.detections.merge(self._memory.outside_regions)

    def predict(self, at: datetime, motion: MotionMask, *, refused: bool = False) -> Detections:
        """Predict the detections of a frame without an inference.

        Args:
            at: Capture time.
            motion: Result of the motion gate.
            refused: An inference was due but the detector was overloaded; the next frame gets it.
        """
        self._is_deferred = self._is_deferred or refused
        self._skipped = True
        return self._memory.predict(at, quiet=not motion)

    def _decide_moving(self, since: timedelta) -> InferenceReason:
        if self.is_decision_pending:
            return InferenceReason.DECISION_PENDING
        if self._has_new_object:
            return InferenceReason.NEW_OBJECT
        if self._skipped or since >= self._config.motion_interval:
            return InferenceReason.INTERVAL
        return InferenceReason.PREDICTED

    def _decide_still(self) -> InferenceReason:
        """Infer once more after motion ends: objects may have stopped anywhere."""
        if self._settle_left > 0:
            return InferenceReason.SETTLING
        return InferenceReason.NEW_OBJECT if self._has_new_object else InferenceReason.NO_MOTION
