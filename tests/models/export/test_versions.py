"""Versions of models made on a machine: folded and INT8."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalogue.catalogue import Catalogue
from models.catalogue.progress import NoProgress
from models.catalogue.search_paths import SearchPaths
from models.catalogue.store import ModelStore
from models.errors import NotFetchedError, VideoError
from models.export.graph_fusion import fold_model
from models.export.quantize import quantize
from models.inference.pictures import ArrayPicture, sample_pictures
from models.inference.runtimes.onnx import OnnxRuntime
from pipeline.geometry.boxes import Float32Array
from tests.edge.nodes import write_clip
from tests.gridwatch.commands.test_model import gridwatch
from tests.models.catalogue.test_catalogue import SOUND, own
from tests.models.catalogue.test_store import a_store, sum_of
from tests.models.tiny_networks import CARD, SIDE, write_network
from tests.requirements import require

STEPS = [(0.5, -0.2), (2.0, 0.3), (1.5, -0.1)]


def answer(file: Path, seed: int = 1) -> Float32Array:
    tensor = np.random.default_rng(seed).random((1, 3, SIDE, SIDE)).astype(np.float32)
    return next(iter(OnnxRuntime(file, CARD.input).infer(tensor).values()))


def noise(count: int) -> list[ArrayPicture]:
    chance = np.random.default_rng(3)
    return [ArrayPicture(chance.integers(0, 255, (48, 64, 3), np.uint8)) for _ in range(count)]


@settings(max_examples=10)
@given(steps=st.lists(st.tuples(st.floats(-2, 3), st.floats(-2, 2)), min_size=1, max_size=3))
def test_a_folded_network_gives_the_same_outputs(
    steps: list[tuple[float, float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("net")
    source = write_network(folder / "net.onnx", steps=steps)
    changed = fold_model(source, folder / "folded.onnx", CARD)

    assert changed <= sum(scale > 0 for scale, _ in steps)
    assert np.allclose(answer(source), answer(folder / "folded.onnx"), atol=1e-3, rtol=1e-3)


def test_a_folded_network_has_fewer_nodes(tmp_path: Path) -> None:
    source = write_network(tmp_path / "net.onnx", steps=STEPS)
    fold_model(source, tmp_path / "folded.onnx", CARD)

    kinds = [node.op_type for node in onnx.load(tmp_path / "folded.onnx").graph.node]
    assert kinds == ["Conv", "Clip"] * 3


@pytest.mark.parametrize("opset", [11, 17])
def test_an_int8_network_gives_nearly_the_same_outputs(tmp_path: Path, opset: int) -> None:
    source = write_network(tmp_path / "net.onnx", steps=STEPS, opset=opset)
    quantize(source, tmp_path / "int8.onnx", CARD, noise(4))

    exact, nearly = answer(source), answer(tmp_path / "int8.onnx")
    assert 0 < np.abs(exact - nearly).mean() < 0.05 * exact.std()


def test_equal_pictures_give_equal_bytes(tmp_path: Path) -> None:
    source = write_network(tmp_path / "net.onnx", steps=STEPS)
    for name in ("once", "again"):
        quantize(source, tmp_path / name, CARD, noise(2))

    assert (tmp_path / "once").read_bytes() == (tmp_path / "again").read_bytes()


def test_a_float_layer_is_not_quantised(tmp_path: Path) -> None:
    source = write_network(tmp_path / "net.onnx", steps=STEPS)
    card = CARD.model_copy(update={"float_layers": ("conv1", "conv2")})
    quantize(source, tmp_path / "int8.onnx", card, noise(2))

    weights = {each.name for each in onnx.load(tmp_path / "int8.onnx").graph.initializer}
    assert {"w1", "w2"} <= weights
    assert "w0" not in weights


def a_made(folder: Path, kind: str) -> tuple[ModelStore, Path]:
    write_network(folder / "net.bin", steps=STEPS)
    store = a_store(folder, net={"sha256": sum_of((folder / "net.bin").read_bytes())})
    return store, store.make_version("net", kind, fold_model, NoProgress())


def test_a_version_is_available_by_name_once_it_is_made(tmp_path: Path) -> None:
    store, made = a_made(tmp_path, "int8")

    assert store.find("net-int8") == store.pull("net-int8") == made
    assert store.catalogue.labels_of("net-int8") == ("person",)
    with pytest.raises(NotFetchedError, match="gridwatch model fold net"):
        store.pull("net-folded")


def test_a_version_of_another_file_or_a_damaged_one_is_ignored(tmp_path: Path) -> None:
    store, made = a_made(tmp_path, "folded")
    other = store.catalogue.model["net"].model_copy(update={"sha256": "1" * 64})
    newer = ModelStore(
        store.catalogue.model_copy(update={"model": {"net": other}}),
        SearchPaths(folders=(), cache=made.parent, variable="GRIDWATCH_MODEL_PATH"),
    )
    with pytest.raises(NotFetchedError):
        newer.find("net-folded")
    made.write_bytes(made.read_bytes()[:-1])
    with pytest.raises(NotFetchedError):
        store.find("net-folded")


def test_a_version_can_be_preferred(tmp_path: Path) -> None:
    store, _ = a_made(tmp_path, "int8")
    fields = store.catalogue.model_dump() | {"preferred": ["net-int8", "net"]}

    assert ModelStore(Catalogue.model_validate(fields), store.paths).best_available() == "net-int8"


@pytest.mark.slow
def test_pull_folds_the_preferred_model_if_requested_and_possible(tmp_path: Path) -> None:
    net = write_network(tmp_path / "mine.onnx", steps=STEPS)
    card = SOUND.replace("0" * 64, sum_of(net.read_bytes())).replace("640", str(SIDE))
    catalogue = own(tmp_path, f'preferred = ["mine-folded", "mine"]\n{card}')
    absent = tmp_path / "absent" / "onnx.py"
    absent.parent.mkdir()
    absent.write_text('raise ModuleNotFoundError("no onnx here", name="onnx")')
    here = {
        "GRIDWATCH_CATALOGUE": str(catalogue),
        "GRIDWATCH_MODEL_PATH": str(tmp_path),
        "GRIDWATCH_CACHE": str(tmp_path / "cache"),
    }
    pull = ("model", "pull", "--preferred", "--fold", "--json")

    without = gridwatch(*pull, **here, PYTHONPATH=str(absent.parent))
    done = gridwatch(*pull, **here)

    assert json.loads(without.stdout)["name"] == "mine"
    assert "'gridwatch[quantize]'`; then run `gridwatch model fold mine`" in without.stderr
    assert json.loads(done.stdout)["name"] == "mine-folded"
    assert "mine-folded: folded" in done.stderr


def test_calibration_pictures_are_spread_over_a_video_and_a_folder(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", frames=20)

    assert len(list(sample_pictures(clip, 6))) == 6
    assert len(list(sample_pictures(clip, 50))) == 20
    (tmp_path / "none").mkdir()
    with pytest.raises(VideoError, match="no photos"):
        next(sample_pictures(tmp_path / "none", 3))


@pytest.mark.slow
def test_a_quantised_real_model_detects_the_same_persons(tmp_path: Path) -> None:
    try:
        ModelStore().find("deimv2-femto")
    except NotFetchedError as error:
        require(False, str(error))
    cache = {"GRIDWATCH_CACHE": str(tmp_path)}
    done = gridwatch("model", "quantize", "deimv2-femto", "--frames", "2", "--json", **cache)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    measured = gridwatch("model", "bench", "deimv2-femto-int8", "--rounds", "1", "--json", **cache)

    assert report["name"] == "deimv2-femto-int8"
    assert json.loads(measured.stdout)["calls_per_look"] == 1
