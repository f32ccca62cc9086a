"""INT8 networks: convolutions in eight bits, ranges from real pictures, all else as it was.

Needs the extra ``quantize``; an edge box runs the result and never this. Equal pictures and
packages give equal bytes on machines of one kind.
"""

import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
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
from models.errors import VideoError
from models.export.graph_fusion import fold_scales, simplify
from models.inference import preprocess
from models.inference.heads import CONSTANT_INPUTS
from models.inference.pictures import read_frames, read_photo
from pipeline.frame import Picture

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png"}
RANGE_PERCENTILE = 99.99
"""Per cent of what a layer says that its range holds: one outlier would take all its steps."""


def sample_pictures(source: Path, count: int) -> Iterator[Picture]:
    """Choose pictures of a recording, or of a folder of photographs, spread evenly.

    Raises:
        VideoError: It is missing, or holds no picture.
    """
    if source.is_dir():
        files = sorted(f for f in source.iterdir() if f.suffix.lower() in PHOTO_SUFFIXES)
        if not files:
            raise VideoError(source, "it holds no photographs")
        yield from (read_photo(files[place]) for place in _spread(len(files), count))
        return
    length = sum(1 for _ in read_frames(source))
    chosen = set(_spread(length, count))
    yield from (each for place, each in enumerate(read_frames(source)) if place in chosen)


def quantize(
    source: Path, target: Path, card: ModelCard, calibration_pictures: Iterable[Picture]
) -> None:
    """Write the INT8 version of ``source`` to ``target``.

    Args:
        card: Says how pictures are fed, and which layers stay as they are.
        calibration_pictures: Real pictures, from which the layers' ranges are taken.
    """
    with tempfile.TemporaryDirectory(prefix="gridwatch-int8-") as folder:
        lean = Path(folder) / "lean.onnx"
        model = simplify(source, lean, card)
        fold_scales(model, include_positive_bias=False)
        onnx.save(model, lean)
        with redirect_stdout(sys.stderr):  # its progress is no answer of ours
            quantize_static(
                lean,
                target,
                _Reader(card, calibration_pictures),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=["Conv", "Clip", "Relu"],
                per_channel=True,
                reduce_range=True,  # seven bits of weight: on AVX2, sums of eight would overflow
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=_kept(model, card.float_layers),
                calibrate_method=CalibrationMethod.Percentile,
                extra_options={"CalibPercentile": RANGE_PERCENTILE},
            )


def _kept(model: onnx.ModelProto, patterns: Sequence[str]) -> list[str]:
    names = (node.name for node in model.graph.node if node.op_type == "Conv")
    return [name for name in names if any(fnmatch(name, pattern) for pattern in patterns)]


class _Reader(CalibrationDataReader):  # type: ignore[misc]  # theirs has no types
    """Feeds pictures one by one, as a detector would."""

    def __init__(self, card: ModelCard, seen: Iterable[Picture]) -> None:
        self._card = card
        self._left = (
            self._tensors(picture, view)
            for picture in seen
            for view in preprocess.plan_views(picture.size, card.input)
        )

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        """Give the next, or ``None`` at the end."""
        return next(self._left, None)

    def _tensors(self, picture: Picture, view: preprocess.InputView) -> dict[str, NDArray[Any]]:
        spec = self._card.input
        tensor = np.zeros((1, 3, spec.height, spec.width), np.float32)
        preprocess.fill_tensor(tensor, picture, view, spec)
        return {spec.name: tensor, **CONSTANT_INPUTS.get(self._card.head, {})}


def _spread(length: int, count: int) -> list[int]:
    """Choose ``count`` places of ``length``, from the first to the last."""
    return [int(place) for place in np.linspace(0, length - 1, min(count, length))]
