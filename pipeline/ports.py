"""What the core asks of others."""

from typing import Protocol, runtime_checkable

import msgspec

from pipeline.detection import Detections, Float32Array
from pipeline.frame import Frame
from pipeline.motion.inference_result import InferenceResult


class ModelId(msgspec.Struct, frozen=True, kw_only=True):
    """Which weights looked: name in the catalogue, and checksum of the file that ran."""

    name: str
    sha256: str


class Detector(Protocol):
    """Pixels in, objects out. May be shared by many cameras, one call at a time."""

    @property
    def model(self) -> ModelId:
        """The weights behind it."""
        ...

    @property
    def labels(self) -> frozenset[str]:
        """All it can find, in the catalogue's vocabulary."""
        ...

    @property
    def confidence_threshold(self) -> float:
        """From this score on a detection counts by itself; below it only keeps a track alive."""
        ...

    def detect(self, frame: Frame) -> Detections:
        """Find all objects, the doubtful ones below ``confidence_threshold`` too."""
        ...


@runtime_checkable
class Attentive(Protocol):
    """A detector that looks less where nothing is being decided."""

    def attend(self, *, closely: bool) -> None:
        """Note, after each frame, whether the next ones may decide something."""
        ...


@runtime_checkable
class RegionDetector(Protocol):
    """A detector that can look at parts of a frame for less than at the whole."""

    @property
    def supports_regions(self) -> bool:
        """Whether it ever does: not every network can be shown less."""
        ...

    def detect_regions(
        self, frame: Frame, required: Float32Array, known_boxes: Float32Array
    ) -> InferenceResult:
        """Find all objects in parts of a frame, or in the whole where that costs hardly more.

        Args:
            frame: Of which the parts are.
            required: [n, 4] left, top, right, bottom, fractions of the frame: what must be seen.
            known_boxes: [m, 4] of the same: what needs no look, but is seen whole or not at all.
        """
        ...


def as_region_detector(detector: Detector) -> RegionDetector | None:
    """Give a detector as one that looks at parts; ``None`` if it sees whole frames alone."""
    return detector if isinstance(detector, RegionDetector) and detector.supports_regions else None
