"""Output tensors to objects, one module for each family of models; pure."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from models.inference.heads import deim, ssd, ultralytics, yolox
from models.inference.raw_detections import Found
from models.inference.region_planner import Patch
from pipeline.frame import Size

Tensors = Mapping[str, NDArray[Any]]


class Head(Protocol):
    """Reads the output of one family of models."""

    def __call__(self, outputs: Tensors, *, canvas: Size, floor: float) -> Found:
        """Read the objects with a score of at least ``floor``; duplicates may be among them."""
        ...


Placed = Callable[[Patch, Size, NDArray[Any] | None], Tensors]

HEADS: Mapping[str, Head] = {
    "deim": deim.read,
    "ssd": ssd.read,
    "ultralytics": ultralytics.read,
    "yolox": yolox.read,
}
CONSTANTS: Mapping[str, Tensors] = {"deim": deim.CONSTANTS}
"""Inputs beside the picture that some heads need the same in every call."""
PLACED: Mapping[str, Placed] = {"deim": deim.placed}
"""Inputs that tell some networks where in the whole a cut-out lies; made by `model fold`."""
