"""Convert a TensorFlow Lite model to ONNX: ``python -m models.export.from_tflite FROM TO``.

A separate program: the converter prints a lot, and needs packages that an edge node lacks. Equal
input gives equal bytes: the converter's random order of weights is sorted.
"""

import sys

import onnx
import tflite2onnx


def convert(source: str, target: str) -> None:
    """Write ``source`` as ONNX to ``target``."""
    tflite2onnx.convert(source, target)
    model = onnx.load(target)
    for tensors in (model.graph.initializer, model.graph.value_info):
        tensors.sort(key=lambda tensor: tensor.name)
    with open(target, "wb") as file:  # noqa: PTH123 - the path is a string
        file.write(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    convert(sys.argv[1], sys.argv[2])
