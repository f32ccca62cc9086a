"""ONNX Runtime on the processor: one thread that sleeps while it waits."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.catalogue.catalogue import InputSpec
from models.errors import ModelFileError
from models.inference.region_planner import Region
from pipeline.detection import Float32Array
from pipeline.frame import Size

LOAD_ERRORS = (
    onnxruntime.capi.onnxruntime_pybind11_state.Fail,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidGraph,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf,
    onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented,
    onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException,
    ValueError,
)
"""ONNX Runtime's errors have no root of their own."""

Tensors = Mapping[str, NDArray[Any]]
RegionInputs = Callable[[Region, Size, NDArray[Any] | None], Tensors]


class OnnxRuntime:
    """A network in memory, warmed up; one call at a time.

    Args:
        constants: Inputs that are the same in every call.
        region_inputs: Gives those that tell where in the whole a cut-out lies, if it has any.

    Attributes:
        supports_regions: It can be shown cut-outs, in whole multiples of 32 pixels.

    Raises:
        ModelFileError: The file is corrupt, or has not the input its card tells of.
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
        self.session = _session(path)
        self._outputs = [output.name for output in self.session.get_outputs()]
        self._placed = region_inputs if _is_placed(self.session) else None
        whole = Region(0, 0, *self._canvas)
        more = self._placed(whole, self._canvas, None) if self._placed else {}
        told = {**self._constants, **more}
        self.supports_regions = _check(path, self.session, spec, told) and (
            region_inputs is None or self._placed is not None
        )
        self.infer(np.zeros((1, 3, spec.height, spec.width), np.float32))

    def infer(
        self,
        tensor: Float32Array,
        region: Region | None = None,
        context: NDArray[Any] | None = None,
    ) -> dict[str, NDArray[Any]]:
        """Run the network on one picture, [1, 3, height, width]; outputs by name.

        Args:
            region: Which cut-out of the whole the picture is, if it ``supports_regions``.
            context: What its output ``scene_seen`` was for the whole.
        """
        given = {self._name: tensor, **self._constants}
        if self._placed is not None:
            given |= self._placed(region or Region(0, 0, *self._canvas), self._canvas, context)
        outputs = self.session.run(self._outputs, given)
        return dict(zip(self._outputs, outputs, strict=True))


def session_options() -> onnxruntime.SessionOptions:
    """One thread, no spinning: the defaults cost 1.9 times the processor time."""
    chosen = onnxruntime.SessionOptions()
    chosen.intra_op_num_threads = 1
    chosen.inter_op_num_threads = 1
    chosen.add_session_config_entry("session.intra_op.allow_spinning", "0")
    chosen.enable_mem_pattern = False  # 8 MB less at the same speed
    chosen.log_severity_level = 3
    return chosen


def _session(path: Path) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise ModelFileError(path, "there is no such file")
    try:
        return onnxruntime.InferenceSession(
            str(path), session_options(), providers=["CPUExecutionProvider"]
        )
    except LOAD_ERRORS as error:
        reason = str(error).splitlines()[0][:200]
        raise ModelFileError(path, f"is not a usable ONNX model ({reason})") from None


def _is_placed(session: onnxruntime.InferenceSession) -> bool:
    return "anchors" in {given.name for given in session.get_inputs()}


def _check(
    path: Path, session: onnxruntime.InferenceSession, spec: InputSpec, constants: Tensors
) -> bool:
    """Refuse a file that is not what its card says; tell whether it takes any size."""
    inputs = {given.name: given.shape for given in session.get_inputs()}
    missing = {spec.name, *constants} ^ set(inputs)
    if missing:
        have = ", ".join(inputs)
        raise ModelFileError(path, f"takes {have}; its card or head says otherwise")
    wanted = (3, spec.height, spec.width)
    fixed = zip(inputs[spec.name][1:], wanted, strict=False)
    if any(isinstance(side, int) and side != want for side, want in fixed):
        raise ModelFileError(path, f"takes {inputs[spec.name]}, its card says {wanted}")
    return not any(isinstance(side, int) for side in inputs[spec.name][2:])
