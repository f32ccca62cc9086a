"""The models on this machine, those that can be fetched, and the best of them."""

from hashlib import sha256
from pathlib import Path

import pytest

from models.catalogue.catalogue import Catalogue
from models.catalogue.search_paths import SearchPaths
from models.catalogue.store import ModelStore
from models.detector import load_detector
from models.errors import ConversionError, ModelFileError, NotFetchedError

CARD = {
    "summary": "a test's own",
    "licence": "MIT",
    "origin": "here",
    "head": "yolox",
    "labels": "one",
    "confident": 0.5,
    "input": {"name": "images", "width": 64, "height": 64, "fit": "stretch", "range": [0, 1]},
}


def a_store(folder: Path, **models: dict[str, object]) -> ModelStore:
    cards = {name: {**CARD, "file": f"{name}.bin", **more} for name, more in models.items()}
    catalogue = Catalogue.model_validate(
        {"preferred": list(models), "labels": {"one": ["person"]}, "model": cards}
    )
    variable = "GRIDWATCH_MODEL_PATH"
    return ModelStore(
        catalogue, SearchPaths(folders=(folder,), cache=folder / "cache", variable=variable)
    )


def sum_of(content: bytes) -> str:
    return sha256(content).hexdigest()


def test_the_best_model_is_the_first_preferred_one_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "second.bin").write_bytes(b"second")
    store = a_store(
        tmp_path, first={"sha256": sum_of(b"first")}, second={"sha256": sum_of(b"second")}
    )

    assert store.best_available() == "second"


def test_if_no_model_is_available_each_reason_is_given(tmp_path: Path) -> None:
    store = a_store(tmp_path, first={"sha256": sum_of(b"1")}, second={"sha256": sum_of(b"2")})

    with pytest.raises(NotFetchedError) as caught:
        store.best_available()

    assert "first is not available" in str(caught.value)
    assert "second is not available" in str(caught.value)


def test_a_failed_conversion_is_reported_and_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "odd.bin").write_bytes(b"no tflite")
    store = a_store(tmp_path, odd={"sha256": sum_of(b"no tflite"), "converts_from": "tflite"})

    with pytest.raises(ConversionError, match="odd could not be converted to ONNX"):
        store.pull("odd")

    assert list((tmp_path / "cache").iterdir()) == []
    with pytest.raises(NotFetchedError, match="has not been made yet"):
        store.find("odd")


def test_a_cache_that_cannot_be_written_is_a_conversion_error(tmp_path: Path) -> None:
    (tmp_path / "odd.bin").write_bytes(b"no tflite")
    (tmp_path / "cache").write_text("a file is in the way")
    store = a_store(tmp_path, odd={"sha256": sum_of(b"no tflite"), "converts_from": "tflite"})

    with pytest.raises(ConversionError, match="cache cannot be written"):
        store.pull("odd")


def test_a_corrupt_model_is_named_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / "broken.bin").write_bytes(b"no onnx")
    store = a_store(tmp_path, broken={"sha256": sum_of(b"no onnx")})

    with pytest.raises(ModelFileError) as caught:
        load_detector("broken", store=store)

    assert str(tmp_path / "broken.bin") in str(caught.value)
    assert "run `gridwatch model pull` again" in str(caught.value)
