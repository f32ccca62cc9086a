"""Convert a TensorFlow Lite model to ONNX: ``python -m models.export.from_tflite FROM TO``.

A program of its own: the converter talks much, and needs packages that an edge box sheds.
Equal input gives equal bytes: the converter's random order of weights is put straight.
"""

import sys

import onnx
import tflite2onnx


def convert(source: str, target: str) -> None:
    """Write ``source`` as ONNX to ``target``."""
    tflite2onnx.convert(source, target)
    model = onnx.load(target)
    for many in (model.graph.initializer, model.graph.value_info):
        many.sort(key=lambda one: one.name)
    with open(target, "wb") as file:  # noqa: PTH123 - given as text
        file.write(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    convert(sys.argv[1], sys.argv[2])
