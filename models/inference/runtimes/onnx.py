"""Run a network with ONNX Runtime on the CPU, on one thread."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.catalogue.catalogue import InputSpec
from models.errors import ModelFileError
from models.inference.region_planner import Region
from pipeline.frame import Size
from pipeline.geometry.boxes import Float32Array

LOAD_ERRORS = (
    onnxruntime.capi.onnxruntime_pybind11_state.Fail,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidGraph,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf,
    onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented,
    onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException,
    ValueError,
)
"""ONNX Runtime's errors have no common base class."""

Tensors = Mapping[str, NDArray[Any]]
RegionInputs = Callable[[Region, Size, NDArray[Any] | None], Tensors]
"""Builds the further inputs of a call from the region, the canvas and the global context."""


class OnnxRuntime:
    """Hold a network in memory, warmed up. Not thread-safe: make one call at a time.

    Args:
        path: The ONNX file.
        spec: The picture input that the network must have.
        constants: Inputs that are the same in every call.
        region_inputs: Builds the inputs that place a region in the full frame, for networks
            that have them.

    Attributes:
        metadata: What the exporter wrote into the file.
        supports_regions: Whether the network runs on regions of any multiple of 32 pixels.

    Raises:
        ModelFileError: The file is corrupt or does not have the inputs of its card.
    """

    def __init__(
        self,
        path: Path,
        spec: InputSpec,
        constants: Tensors | None = None,
        region_inputs: RegionInputs | None = None,
    ) -> None:
        self._constants = dict(constants or {})
        self._name, self._canvas = spec.name, Size(spec.width, spec.height)
        self.session = _open_session(path)
        self.metadata: dict[str, str] = self.session.get_modelmeta().custom_metadata_map
        self._outputs = [output.name for output in self.session.get_outputs()]
        self._region_inputs = region_inputs if _has_region_inputs(self.session) else None
        full_frame = Region(0, 0, *self._canvas)
        placement = (
            self._region_inputs(full_frame, self._canvas, None) if self._region_inputs else {}
        )
        is_any_size = _check_inputs(path, self.session, spec, {**self._constants, **placement})
        self.supports_regions = is_any_size and (
            region_inputs is None or self._region_inputs is not None
        )
        self.infer(np.zeros((1, 3, spec.height, spec.width), np.float32))

    def infer(
        self,
        tensor: Float32Array,
        region: Region | None = None,
        context: NDArray[Any] | None = None,
    ) -> dict[str, NDArray[Any]]:
        """Run the network on one picture.

        Args:
            tensor: The picture, [1, 3, height, width].
            region: The region of the full frame that the picture shows; by default all of it.
            context: The output ``scene_seen`` of the last run on the full frame, if any.

        Returns:
            The outputs by name.
        """
        inputs = {self._name: tensor, **self._constants}
        if self._region_inputs is not None:
            full_frame = Region(0, 0, *self._canvas)
            inputs |= self._region_inputs(region or full_frame, self._canvas, context)
        outputs = self.session.run(self._outputs, inputs)
        return dict(zip(self._outputs, outputs, strict=True))


def session_options() -> onnxruntime.SessionOptions:
    """Return options for one thread without spinning: the defaults cost 1.9 times the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_mem_pattern = False  # saves 8 MB at the same speed
    options.log_severity_level = 3
    return options


def _open_session(path: Path) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise ModelFileError(path, "the file does not exist")
    try:
        return onnxruntime.InferenceSession(
            str(path), session_options(), providers=["CPUExecutionProvider"]
        )
    except LOAD_ERRORS as error:
        reason = str(error).splitlines()[0][:200]
        raise ModelFileError(path, f"is not a usable ONNX model ({reason})") from None


def _has_region_inputs(session: onnxruntime.InferenceSession) -> bool:
    return "anchors" in {tensor.name for tensor in session.get_inputs()}


def _check_inputs(
    path: Path, session: onnxruntime.InferenceSession, spec: InputSpec, further: Tensors
) -> bool:
    """Check the inputs of a network against its card.

    Returns:
        Whether the picture input takes any size.

    Raises:
        ModelFileError: An input is missing or unexpected, or the picture has another size.
    """
    inputs = {tensor.name: tensor.shape for tensor in session.get_inputs()}
    if {spec.name, *further} ^ set(inputs):
        raise ModelFileError(path, f"takes {', '.join(inputs)}; its card or head says otherwise")
    expected = (3, spec.height, spec.width)
    sides = zip(inputs[spec.name][1:], expected, strict=False)
    if any(isinstance(side, int) and side != want for side, want in sides):
        raise ModelFileError(path, f"takes {inputs[spec.name]}, its card says {expected}")
    return not any(isinstance(side, int) for side in inputs[spec.name][2:])
