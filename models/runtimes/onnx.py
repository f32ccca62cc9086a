"""ONNX Runtime on the processor: one thread that sleeps while it waits."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.catalogue import Input
from models.errors import ModelFileError
from pipeline.detection import Floats

REFUSALS = (
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


class OnnxRuntime:
    """A network in memory, warmed up; one call at a time.

    Args:
        constants: Inputs that are the same in every call.

    Raises:
        ModelFileError: The file is corrupt, or has not the input its card tells of.
    """

    def __init__(self, path: Path, spec: Input, constants: Tensors | None = None) -> None:
        self._constants = dict(constants or {})
        self._name = spec.name
        self.session = _session(path)
        self._outputs = [output.name for output in self.session.get_outputs()]
        _check(path, self.session, spec, self._constants)
        self.infer(np.zeros((1, 3, spec.height, spec.width), np.float32))

    def infer(self, tensor: Floats) -> dict[str, NDArray[Any]]:
        """Run the network on one picture, [1, 3, height, width]; outputs by name."""
        outputs = self.session.run(self._outputs, {self._name: tensor, **self._constants})
        return dict(zip(self._outputs, outputs, strict=True))


def options() -> onnxruntime.SessionOptions:
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
            str(path), options(), providers=["CPUExecutionProvider"]
        )
    except REFUSALS as error:
        reason = str(error).splitlines()[0][:200]
        raise ModelFileError(path, f"is not a usable ONNX model ({reason})") from None


def _check(
    path: Path, session: onnxruntime.InferenceSession, spec: Input, constants: Tensors
) -> None:
    inputs = {given.name: given.shape for given in session.get_inputs()}
    missing = {spec.name, *constants} ^ set(inputs)
    if missing:
        have = ", ".join(inputs)
        raise ModelFileError(path, f"takes {have}; its card or head says otherwise")
    wanted = (3, spec.height, spec.width)
    fixed = zip(inputs[spec.name][1:], wanted, strict=False)
    if any(isinstance(side, int) and side != want for side, want in fixed):
        raise ModelFileError(path, f"takes {inputs[spec.name]}, its card says {wanted}")
