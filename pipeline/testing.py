"""Shipped fakes of the ports; they fulfil the contracts of the real ones."""

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
    """A detector that returns what a script says, whatever the pixels.

    Args:
        script: Returns the detections of a capture time.
    """

    script: Callable[[datetime], Detections]
    labels: frozenset[str]
    confidence_threshold: float = 0.5
    model: ModelId = SCRIPTED

    def detect(self, frame: Frame) -> Detections:
        """Return the detections of the script."""
        return self.script(frame.at)


@dataclass(frozen=True, slots=True)
class GreyPicture:
    """A uniformly grey picture."""

    size: Size

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        """Return middle grey, in the size of ``region`` unless ``size`` is given."""
        own = Size(round(self.size.width * region.w), round(self.size.height * region.h))
        width, height = size or own
        return np.full((height, width, 3), 128, np.uint8)

    def grey(self, size: Size) -> Pixels:
        """Return middle grey."""
        return np.full((size.height, size.width), 128, np.uint8)
