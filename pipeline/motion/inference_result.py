"""What one look of the model took in: the whole frame, or the parts of it that were worth one."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pipeline.detection import Detections, Floats
from pipeline.tracking.assignment import touching

WHOLE = np.array([[0, 0, 1, 1]], np.float32)


class Breadth(StrEnum):
    """How much a look took in; the names go to health and metrics."""

    WHOLE = "whole"
    PARTS = "parts"
    AGAIN = "again"
    """Parts first, then the whole: something ended at the edge of a part."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, and where nobody looked.

    Args:
        found: All that is in the parts.
        parts: [n, 4] left, top, right, bottom, fractions of the frame.
    """

    found: Detections
    breadth: Breadth = Breadth.WHOLE
    parts: Floats = field(default_factory=WHOLE.copy)

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out."""
        return self.breadth is not Breadth.PARTS


def reached(corners: Floats, parts: Floats) -> NDArray[np.bool_]:
    """Tell which boxes share anything with one of ``parts``; [n, 4] of corners both."""
    return np.asarray(touching(corners, parts).any(axis=1))
