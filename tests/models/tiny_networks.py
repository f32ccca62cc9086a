"""Small networks, made for tests."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.catalogue.catalogue import ModelCard

SIDE = 32
CARD = ModelCard.model_validate(
    {
        "summary": "a test's own",
        "file": "small.bin",
        "sha256": "0" * 64,
        "licence": "MIT",
        "origin": "here",
        "head": "yolox",
        "labels": "one",
        "confident": 0.5,
        "input": {
            "name": "images",
            "width": SIDE,
            "height": SIDE,
            "fit": "stretch",
            "range": [0, 1],
        },
    }
)


def write_network(file: Path, *, steps: list[tuple[float, float]], opset: int = 17) -> Path:
    """Write convolutions, each followed by ``max(x, 0) * scale + bias``; the batch is open."""
    chance = np.random.default_rng(7)
    nodes, numbers, last, channels = [], [], "images", 3
    for place, (scale, bias) in enumerate(steps):
        weights = chance.normal(0, 0.3, (8, channels, 3, 3)).astype(np.float32)
        for name, value in {
            "w": weights,
            "b": chance.normal(0, 0.1, 8).astype(np.float32),
            "scale": np.array(scale, np.float32),
            "bias": np.array([bias], np.float32),
        }.items():
            numbers.append(numpy_helper.from_array(value, f"{name}{place}"))
        conv = [last, f"w{place}", f"b{place}"]
        nodes += [
            helper.make_node("Conv", conv, [f"c{place}"], f"conv{place}", pads=[1, 1, 1, 1]),
            helper.make_node("Relu", [f"c{place}"], [f"r{place}"]),
            helper.make_node("Mul", [f"scale{place}", f"r{place}"], [f"m{place}"]),
            helper.make_node("Add", [f"m{place}", f"bias{place}"], [f"a{place}"]),
        ]
        last, channels = f"a{place}", 8
    kinds = (
        helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 3, SIDE, SIDE]),
        helper.make_tensor_value_info(last, TensorProto.FLOAT, ["N", 8, SIDE, SIDE]),
    )
    graph = helper.make_graph(nodes, "small", [kinds[0]], [kinds[1]], numbers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(model, file)
    return file
