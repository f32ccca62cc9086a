"""Output tensors to objects, one module for each family of models; pure."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from models.inference.heads import deim, ssd, ultralytics, yolox
from models.inference.raw_detections import RawDetections
from models.inference.region_planner import Region
from pipeline.frame import Size

Tensors = Mapping[str, NDArray[Any]]


class Head(Protocol):
    """Reads the output of one family of models."""

    def __call__(self, outputs: Tensors, *, canvas: Size, min_score: float) -> RawDetections:
        """Read the objects with a score of at least ``min_score``; duplicates may be among them."""
        ...


RegionInputs = Callable[[Region, Size, NDArray[Any] | None], Tensors]

HEADS: Mapping[str, Head] = {
    "deim": deim.decode,
    "ssd": ssd.decode,
    "ultralytics": ultralytics.decode,
    "yolox": yolox.decode,
}
CONSTANT_INPUTS: Mapping[str, Tensors] = {"deim": deim.CONSTANT_INPUTS}
"""Inputs beside the picture that some heads need the same in every call."""
REGION_INPUTS: Mapping[str, RegionInputs] = {"deim": deim.region_inputs}
"""Inputs that tell some networks where in the whole a cut-out lies; made by `model fold`."""
