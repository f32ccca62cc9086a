"""Make INT8 versions of networks: convolutions in eight bits, ranges from real pictures.

Needs the extra ``quantize``; an edge node runs the result but never this module. Equal pictures
and packages give equal bytes on machines of one kind.
"""

import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from models.catalogue.catalogue import ModelCard
from models.export.graph_fusion import fold_scales, simplify
from models.inference import preprocess
from models.inference.heads import CONSTANT_INPUTS
from pipeline.frame import Picture

RANGE_PERCENTILE = 99.99
"""Percentage of a layer's outputs inside its range: an outlier would waste most of the steps."""


def quantize(
    source: Path, target: Path, card: ModelCard, calibration_pictures: Iterable[Picture]
) -> None:
    """Write the INT8 version of ``source`` to ``target``.

    Args:
        source: The ONNX file of the model.
        target: Where the INT8 version goes.
        card: The model's card; names the layers that stay in float.
        calibration_pictures: Real pictures that set the ranges of the layers.
    """
    with tempfile.TemporaryDirectory(prefix="gridwatch-int8-") as folder:
        simplified = Path(folder) / "lean.onnx"
        model = simplify(source, simplified, card)
        fold_scales(model, include_positive_bias=False)
        onnx.save(model, simplified)
        with redirect_stdout(sys.stderr):  # standard output is for the command's answer
            quantize_static(
                simplified,
                target,
                _CalibrationReader(card, calibration_pictures),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=["Conv", "Clip", "Relu"],
                per_channel=True,
                reduce_range=True,  # 7-bit weights: on AVX2, sums of 8-bit ones would overflow
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=_float_nodes(model, card.float_layers),
                calibrate_method=CalibrationMethod.Percentile,
                extra_options={"CalibPercentile": RANGE_PERCENTILE},
            )


def _float_nodes(model: onnx.ModelProto, patterns: Sequence[str]) -> list[str]:
    """Return the convolutions that match one of the patterns."""
    names = (node.name for node in model.graph.node if node.op_type == "Conv")
    return [name for name in names if any(fnmatch(name, pattern) for pattern in patterns)]


class _CalibrationReader(CalibrationDataReader):  # type: ignore[misc]  # it has no types
    """Feeds pictures one by one, preprocessed as for detection."""

    def __init__(self, card: ModelCard, pictures: Iterable[Picture]) -> None:
        self._card = card
        self._inputs = (
            self._make_inputs(picture, view)
            for picture in pictures
            for view in preprocess.plan_views(picture.size, card.input)
        )

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        """Return the next inputs, or ``None`` at the end."""
        return next(self._inputs, None)

    def _make_inputs(self, picture: Picture, view: preprocess.InputView) -> dict[str, NDArray[Any]]:
        spec = self._card.input
        tensor = np.zeros((1, 3, spec.height, spec.width), np.float32)
        preprocess.fill_tensor(tensor, picture, view, spec)
        return {spec.name: tensor, **CONSTANT_INPUTS.get(self._card.head, {})}
