"""What one look of the model took in: the whole frame, or the parts of it that were worth one."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pipeline.detection import Detections, Float32Array
from pipeline.tracking.assignment import intersects

FULL_FRAME_REGION = np.array([[0, 0, 1, 1]], np.float32)


class Coverage(StrEnum):
    """How much a look took in; the names go to health and metrics."""

    FULL_FRAME = "whole"
    REGIONS = "parts"
    RERUN_FULL_FRAME = "again"
    """Parts first, then the whole: something ended at the edge of a part."""


@dataclass(frozen=True, slots=True)
class InferenceResult:
    """What was found, and where nobody looked.

    Args:
        detections: All that is in the parts.
        regions: [n, 4] left, top, right, bottom, fractions of the frame.
    """

    detections: Detections
    coverage: Coverage = Coverage.FULL_FRAME
    regions: Float32Array = field(default_factory=FULL_FRAME_REGION.copy)

    @property
    def is_full_frame(self) -> bool:
        """Whether nothing was left out."""
        return self.coverage is not Coverage.REGIONS


def intersects_any(corners: Float32Array, parts: Float32Array) -> NDArray[np.bool_]:
    """Tell which boxes share anything with one of ``regions``; [n, 4] of corners both."""
    return np.asarray(intersects(corners, parts).any(axis=1))
