"""TensorFlow.js graphs as ONNX: outputs as computed by hand, at any size."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from models.export.from_tfjs import convert, read_weights
from pipeline.geometry.boxes import Float32Array

SIDE = 8
CHANCE = np.random.default_rng(5)
KERNEL = CHANCE.normal(0, 0.4, (3, 3, 3, 4)).astype(np.float16)
BIAS = CHANCE.normal(0, 0.1, 4).astype(np.float32)

Weights = dict[str, NDArray[Any]]


def node(kind: str, name: str, *inputs: str, **attributes: object) -> dict[str, object]:
    return {"op": kind, "name": name, "input": inputs, "attr": attributes}


def text(value: str) -> dict[str, str]:
    return {"s": b64encode(value.encode()).decode()}


def numbers(*values: int) -> dict[str, object]:
    return {"list": {"i": [str(value) for value in values]}}


def window(stride: int, padding: str) -> dict[str, object]:
    return {
        "strides": numbers(1, stride, stride, 1),
        "padding": text(padding),
        "data_format": text("NHWC"),
    }


WEIGHTS: Weights = {
    "kernel": KERNEL,
    "bias": BIAS,
    "zeros": np.array([[0, 0], [0, 0], [1, 1], [1, 1]], np.int32),
    "to_nhwc": np.array([0, 2, 3, 1], np.int32),
    "to_nchw": np.array([0, 3, 1, 2], np.int32),
    "size": np.array([8, 8], np.int32),
    "counts": np.array([1, 3], np.int32),
    "axis": np.array(1, np.int32),
    "rows": np.array([1, 3, -1], np.int32),
}
NODES: list[dict[str, object]] = [
    {"op": "Placeholder", "name": "picture", "attr": {"shape": {"shape": {"dim": []}}}},
    *(node("Const", name) for name in WEIGHTS),
    node("Pad", "pad", "picture", "zeros"),
    node("Transpose", "nhwc", "pad", "to_nhwc"),
    node("Conv2D", "conv", "nhwc", "kernel", dilations=numbers(1, 1, 1, 1), **window(2, "VALID")),
    node("AddV2", "sum", "conv", "bias"),
    node("LeakyRelu", "leaky", "sum", alpha={"f": 0.1}),
    node("MaxPool", "pool", "leaky", ksize=numbers(1, 2, 2, 1), **window(2, "SAME")),
    node("ResizeBilinear", "resize", "pool", "size", half_pixel_centers={"b": True}),
    node("Transpose", "nchw", "resize", "to_nchw"),
    node("SplitV", "split", "nchw", "counts", "axis"),
    node("Sigmoid", "Identity", "split"),
    node("Reshape", "Identity_1", "split:1", "rows"),
]


def write_graph(file: Path, nodes: list[dict[str, object]], weights: Weights = WEIGHTS) -> Path:
    """Write a graph model as the catalogue stores it: the description, then the weights."""
    specs: list[dict[str, object]] = []
    for name, value in weights.items():
        spec: dict[str, object] = {"name": name, "shape": value.shape, "dtype": str(value.dtype)}
        if value.dtype == np.float16:
            spec |= {"dtype": "float32", "quantization": {"dtype": "float16"}}
        specs.append(spec)
    nodes = json.loads(json.dumps(nodes))
    for each in nodes:
        if each["op"] == "Placeholder":
            sides = [{"size": str(side)} for side in (1, 3, SIDE, SIDE)]
            each["attr"] = {"shape": {"shape": {"dim": sides}}}
    outputs = [each["name"] for each in nodes if str(each["name"]).startswith("Identity")]
    description = {
        "modelTopology": {"node": nodes},
        "weightsManifest": [{"weights": specs}],
        "signature": {"outputs": {f"{name}:0": {"name": f"{name}:0"} for name in outputs}},
    }
    content = b"".join(value.tobytes() for value in weights.values())
    file.write_bytes(json.dumps(description).encode() + content)
    return file


def compute_by_hand(picture: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Compute the graph of ``NODES`` on [h, w, 3]."""
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)))
    kernel = KERNEL.astype(np.float32)
    height, width = (side // 2 for side in picture.shape[:2])
    conv = np.zeros((height, width, 4), np.float32)
    for y, x in np.ndindex(height, width):
        patch = padded[2 * y : 2 * y + 3, 2 * x : 2 * x + 3]
        conv[y, x] = np.tensordot(patch, kernel, 3) + BIAS
    leaky = np.where(conv > 0, conv, 0.1 * conv)
    pool = leaky.reshape(height // 2, 2, width // 2, 2, 4).max(axis=(1, 3))
    large = cv2.resize(pool, (width * 2, height * 2), interpolation=cv2.INTER_LINEAR)
    return 1 / (1 + np.exp(-large[:, :, 0])), large[:, :, 1:].reshape(-1, 3).T


def run(file: Path, picture: Float32Array) -> list[Float32Array]:
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    tensor = np.ascontiguousarray(picture.transpose(2, 0, 1)[None])
    outputs: list[Float32Array] = session.run(["Identity", "Identity_1"], {"picture": tensor})
    return outputs


@pytest.mark.parametrize(("height", "width"), [(SIDE, SIDE), (16, 24)])
def test_a_converted_graph_gives_the_outputs_computed_by_hand_at_any_size(
    tmp_path: Path, height: int, width: int
) -> None:
    convert(write_graph(tmp_path / "net.tfjs", NODES), tmp_path / "net.onnx")
    picture = CHANCE.random((height, width, 3)).astype(np.float32)
    likely, rest = compute_by_hand(picture)

    found = run(tmp_path / "net.onnx", picture)

    np.testing.assert_allclose(found[0][0, 0], likely, atol=1e-5)
    np.testing.assert_allclose(found[1][0], rest, atol=1e-5)


def test_equal_graphs_give_equal_bytes_and_keep_no_padding(tmp_path: Path) -> None:
    source = write_graph(tmp_path / "net.tfjs", NODES)
    for name in ("once", "again"):
        convert(source, tmp_path / name)

    assert (tmp_path / "once").read_bytes() == (tmp_path / "again").read_bytes()
    kinds = {each.op_type for each in onnx.load(tmp_path / "once").graph.node}
    assert "Pad" not in kinds  # the convolution adds the zeros


def test_an_unknown_operation_is_named(tmp_path: Path) -> None:
    nodes = [NODES[0], node("NonMaxSuppressionV5", "Identity", "picture")]

    with pytest.raises(ValueError, match="NonMaxSuppressionV5 of Identity"):
        convert(write_graph(tmp_path / "net.tfjs", nodes, {}), tmp_path / "net.onnx")


@pytest.mark.parametrize("length", [0, 40, 1000])
def test_a_file_cut_short_is_an_error(tmp_path: Path, length: int) -> None:
    source = write_graph(tmp_path / "net.tfjs", NODES)
    source.write_bytes(
        source.read_bytes()[:-length] if length == 40 else source.read_bytes()[:length]
    )

    with pytest.raises(ValueError, match=r"."):
        convert(source, tmp_path / "net.onnx")


def test_quantised_weights_are_expanded() -> None:
    quantization = {"dtype": "uint8", "scale": 0.5, "min": -1.0}
    spec = {"name": "w", "shape": [2], "dtype": "float32", "quantization": quantization}

    weights = read_weights({"weightsManifest": [{"weights": [spec]}]}, bytes([0, 4]))

    assert weights["w"].tolist() == [-1.0, 1.0]
