"""TensorFlow Lite to ONNX, on the models of the catalogue."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.catalogue.fetch import find_local
from models.catalogue.store import ModelStore
from models.errors import NotFetchedError
from models.export.from_tflite import convert
from models.inference.runtimes.onnx import OnnxRuntime
from tests.requirements import require

NAME = "mediapipe-pose-lite"
CARD = ModelStore().catalogue.pose[NAME]


@pytest.fixture(scope="module")
def source() -> Path:
    try:
        return find_local(NAME, CARD, ModelStore().paths)
    except NotFetchedError as error:
        require(False, str(error))
        raise


def test_the_outputs_are_those_of_the_original_runtime(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / "pose.onnx", CARD.kept_outputs)
    y, x = np.mgrid[0:256, 0:256] / 256
    picture = np.stack([x, y, (np.hypot(x - 0.5, y - 0.5) < 0.3) * 1.0]).astype(np.float32)

    outputs = OnnxRuntime(tmp_path / "pose.onnx", CARD.input).infer(picture[None])

    # ai-edge-litert 2.x on the same picture, channels last.
    joints = [111.08976, 70.26265, -52.38720, 5.33361, 3.64316, 114.29668, 63.21080, -48.52499]
    assert outputs["Identity"].ravel()[:8] == pytest.approx(joints, abs=5e-3)
    assert outputs["Identity_1"].item() == pytest.approx(0.9106075, abs=1e-4)


def test_the_file_is_valid_and_equal_each_time(source: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        convert(source, tmp_path / name)

    onnx.checker.check_model(onnx.load(tmp_path / "first"), full_check=True)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_only_what_leads_to_the_kept_outputs_is_written(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / "all.onnx")
    convert(source, tmp_path / "kept.onnx", CARD.kept_outputs)
    everything, kept = (onnx.load(tmp_path / f"{name}.onnx").graph for name in ("all", "kept"))

    assert [output.name for output in kept.output] == list(CARD.kept_outputs)
    assert len(kept.node) < 0.8 * len(everything.node)


def test_an_output_that_is_not_there_is_named(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no output mask"):
        convert(source, tmp_path / "pose.onnx", ["mask"])


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_damaged_file_is_converted_or_refused(
    source: Path, tmp_path: Path, data: st.DataObject
) -> None:
    end, offset = data.draw(st.integers(0, 60_000)), data.draw(st.integers(8, 60_000))
    value, content = data.draw(st.integers(0, 255)), bytearray(source.read_bytes())
    content[-offset] = value
    for damaged in (bytes(content), bytes(content[:-end] if end else content)):
        (tmp_path / "damaged").write_bytes(damaged)
        try:
            convert(tmp_path / "damaged", tmp_path / "pose.onnx")
        except ValueError as error:
            assert str(error)  # noqa: PT017 - either outcome is right
