"""What the pipeline requires of a detector, and what an inference returns."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec
import numpy as np

from pipeline.detection import Detections
from pipeline.frame import Frame, Picture
from pipeline.geometry.boxes import Float32Array
from pipeline.geometry.shapes import Box

FULL_FRAME_REGION = np.array([[0, 0, 1, 1]], np.float32)


class ModelId(msgspec.Struct, frozen=True, kw_only=True):
    """Identifies the weights: name in the catalogue and checksum of the file."""

    name: str
    sha256: str


class Detector(Protocol):
    """Finds objects in frames. Cameras may share one detector, one call at a time."""

    @property
    def model(self) -> ModelId:
        """The weights in use."""
        ...

    @property
    def labels(self) -> frozenset[str]:
        """Every label it can return, in the vocabulary of the catalogue."""
        ...

    @property
    def confidence_threshold(self) -> float:
        """Score from which a detection may start a track; lower ones can only continue it."""
        ...

    def detect(self, frame: Frame) -> Detections:
        """Find all objects, including those below ``confidence_threshold``."""
        ...


class Coverage(StrEnum):
    """How much of the frame an inference covered; the values appear in health and metrics."""

    FULL_FRAME = "whole"
    REGIONS = "parts"
    RERUN_FULL_FRAME = "again"
    """Regions first, then the full frame, because a region cut an object."""
    FAST_MODEL = "fast"
    """The full frame, by the cheaper of two models."""


@dataclass(frozen=True, slots=True)
class InferenceResult:
    """The detections of one inference and the regions it covered.

    Args:
        detections: Every object in the regions.
        regions: [n, 4] left, top, right, bottom, fractions of the frame.
    """

    detections: Detections
    coverage: Coverage = Coverage.FULL_FRAME
    regions: Float32Array = field(default_factory=FULL_FRAME_REGION.copy)

    @property
    def is_full_frame(self) -> bool:
        """Whether the whole frame was covered."""
        return self.coverage is not Coverage.REGIONS


@runtime_checkable
class RegionDetector(Protocol):
    """A detector that can run on regions of a frame for less than on the whole frame."""

    @property
    def supports_regions(self) -> bool:
        """Whether the loaded network accepts regions; not every network does."""
        ...

    def detect_regions(
        self, frame: Frame, required: Float32Array, known_boxes: Float32Array
    ) -> InferenceResult:
        """Find all objects in regions of a frame, or in all of it if that costs little more.

        Args:
            frame: The frame.
            required: [n, 4] left, top, right, bottom, fractions of the frame: must be covered.
            known_boxes: [m, 4] in the same form: need no inference, but no region may cut them.
        """
        ...


def as_region_detector(detector: Detector) -> RegionDetector | None:
    """Return the detector as a ``RegionDetector``, or ``None`` if it needs full frames."""
    return detector if isinstance(detector, RegionDetector) and detector.supports_regions else None


@dataclass(frozen=True, slots=True)
class Pose:
    """How a person holds the body, as a pose model sees it.

    Args:
        score: How sure it is that this is a person, 0 to 1.
        trunk_deg: Angle of the trunk to the vertical: 0 upright, 90 lying, 180 upside down.
        length: From nose to ankles along the body, as a share of the longer side of the box.
    """

    score: float
    trunk_deg: float
    length: float


class PoseEstimator(Protocol):
    """Estimates the pose of one person. Cameras may share one, one call at a time."""

    @property
    def model(self) -> ModelId:
        """The weights in use."""
        ...

    def estimate(self, picture: Picture, box: Box) -> Pose:
        """Estimate the pose of the person in a box."""
        ...
