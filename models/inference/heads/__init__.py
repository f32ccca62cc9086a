"""Decode the outputs of a network into detections: one module for each family of models."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from models.inference.heads import deim, nanodet, ultralytics, yolox
from models.inference.raw_detections import RawDetections
from models.inference.region_planner import Region
from pipeline.frame import Size

Tensors = Mapping[str, NDArray[Any]]


class Head(Protocol):
    """Decodes the outputs of one family of models."""

    def __call__(
        self, outputs: Tensors, *, canvas: Size, min_score: float, class_count: int
    ) -> RawDetections:
        """Decode the objects with a score of at least ``min_score``, duplicates included."""
        ...


FindMismatch = Callable[[Mapping[str, str], int], str | None]
RegionInputs = Callable[[Region, Size, NDArray[Any] | None], Tensors]

HEADS: Mapping[str, Head] = {
    "deim": deim.decode,
    "nanodet": nanodet.decode,
    "ultralytics": ultralytics.decode,
    "yolox": yolox.decode,
}
"""Key ``head`` of the catalogue to its decoder."""
CONSTANT_INPUTS: Mapping[str, Tensors] = {"deim": deim.CONSTANT_INPUTS}
"""Inputs besides the picture that are the same in every call, by head."""
FIND_MISMATCH: Mapping[str, FindMismatch] = {"ultralytics": ultralytics.find_mismatch}
"""Checks of the metadata of a network against its card, by head."""
REGION_INPUTS: Mapping[str, RegionInputs] = {"deim": deim.region_inputs}
"""Builders of the inputs that place a region in the full frame, by head.

Only networks made by ``gridwatch model fold`` have these inputs.
"""
