"""A detector that looks only when there is something to see."""

from collections.abc import Callable

from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.motion.inference_policy import InferencePolicy, InferenceReason, PolicyConfig
from pipeline.motion.inference_result import Coverage, InferenceResult
from pipeline.motion.motion_gate import GATE_SIZE, MotionGate, MotionMask
from pipeline.ports import Detector, ModelId, as_region_detector

Turn = Callable[[], bool]
"""Whether a camera may have the model now; asked only when it wants to look."""


def always() -> bool:
    """Let a camera look whenever it wants to."""
    return True


class GatedDetector:
    """Gate, attention and memory of one camera around a detector that many may share.

    To all others it is a detector: frames that the model did not look at get what stands.
    Whoever asks it says whether a decision hangs; then every motion is looked at.
    Equal frames, and turns, give equal detections.

    Args:
        detector: Asked for the frames that are worth it.
        watched: Labels that matter to somebody, who is then looked at twice; default: all.
        habits: Other than the usual.
        turn: Refuses looks when too many cameras want one; the first look is never refused.
        parts: Whether a look may take in only the parts of a frame in which something moves,
            if the detector can.
        tell: Told of each frame whether it was looked at, and why.
        tell_look: Told of each look how much it took in.

    Attributes:
        guesses: Things move in the last frame and nobody looked: where they are is a guess.
    """

    def __init__(
        self,
        detector: Detector,
        *,
        watched: frozenset[str] | None = None,
        habits: PolicyConfig | None = None,
        turn: Turn = always,
        parts: bool = True,
        tell: Callable[[InferenceReason], object] = bool,
        tell_look: Callable[[Coverage], object] = bool,
    ) -> None:
        self._detector = detector
        self._gate = MotionGate()
        self._turn, self._tell, self._tell_look = turn, tell, tell_look
        self._narrow = as_region_detector(detector) if parts else None
        labels, narrows = watched or detector.labels, self._narrow is not None
        self._attention = InferencePolicy(
            detector.confidence_threshold, labels, habits, use_regions=narrows
        )
        self.guesses = False
        self._seen: tuple[Frame, Detections] | None = None

    @property
    def model(self) -> ModelId:
        """The weights behind it."""
        return self._detector.model

    @property
    def labels(self) -> frozenset[str]:
        """All it can find."""
        return self._detector.labels

    @property
    def confidence_threshold(self) -> float:
        """From this score on a detection counts by itself."""
        return self._detector.confidence_threshold

    def detect(self, frame: Frame) -> Detections:
        """Find all objects, or say which still stand."""
        moved = self._gate.push(frame.at, frame.picture.grey(GATE_SIZE))
        reason = self._attention.decide(frame.at, moved)
        if reason.runs_inference and reason is not InferenceReason.COLD_START and not self._turn():
            reason = InferenceReason.OVERLOADED
        self._tell(reason)
        self.guesses = reason in {InferenceReason.PREDICTED, InferenceReason.OVERLOADED}
        if reason.runs_inference:
            return self._looked(frame, moved, reason)
        return self._attention.predict(
            frame.at, moved, refused=reason is InferenceReason.OVERLOADED
        )

    def attend(self, *, closely: bool) -> None:
        """Note whether the next frames may decide something: then all that moves is looked at."""
        self._attention.is_decision_pending = closely

    def look(self, frame: Frame) -> Detections:
        """Find all that is in this very frame: a picture that leaves the box must hide it."""
        if self._seen is not None and self._seen[0] is frame:
            return self._seen[1]
        return self._detector.detect(frame)

    def _looked(self, frame: Frame, moved: MotionMask, reason: InferenceReason) -> Detections:
        scope = self._attention.choose_regions(frame.at, moved, reason) if self._narrow else None
        if self._narrow is None or scope is None:
            looked = InferenceResult(self._detector.detect(frame))
        else:
            looked = self._narrow.detect_regions(frame, *scope)
        self._tell_look(looked.coverage)
        if looked.is_full_frame:
            self._seen = (frame, looked.detections)
        return self._attention.update(frame.at, moved, looked)
