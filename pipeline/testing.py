"""Shipped fakes of what the core asks of others; they keep the contracts of the real ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pipeline.detection import Detections
from pipeline.frame import Frame, Pixels, Size
from pipeline.geometry.shapes import FULL_FRAME, Box
from pipeline.ports import ModelId

SCRIPTED = ModelId(name="scripted", sha256="0" * 64)


@dataclass(frozen=True, slots=True)
class ScriptedDetector:
    """Find what a script says, and never look at the pixels.

    Args:
        script: Capture time of a frame to what is in it.
    """

    script: Callable[[datetime], Detections]
    labels: frozenset[str]
    confidence_threshold: float = 0.5
    model: ModelId = SCRIPTED

    def detect(self, frame: Frame) -> Detections:
        """Say what the script says."""
        return self.script(frame.at)


@dataclass(frozen=True, slots=True)
class GreyPicture:
    """A picture with nothing on it."""

    size: Size

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        """Middle grey; the size of ``region`` unless another is asked for."""
        own = Size(round(self.size.width * region.w), round(self.size.height * region.h))
        width, height = size or own
        return np.full((height, width, 3), 128, np.uint8)

    def grey(self, size: Size) -> Pixels:
        """Middle grey."""
        return np.full((size.height, size.width), 128, np.uint8)
