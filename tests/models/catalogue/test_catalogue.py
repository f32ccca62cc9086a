"""The shipped catalogue is valid, and an invalid one is reported with file and key."""

from pathlib import Path

import pytest

from models.catalogue import footage
from models.catalogue.catalogue import Catalogue
from models.errors import CatalogueError, NotInCatalogueError
from models.inference.heads import HEADS

SOUND = """
[labels]
two = ["person", "car"]

[model.mine]
summary = "my own"
file = "mine.onnx"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
licence = "MIT"
origin = "trained here"
head = "ultralytics"
labels = "two"
confident = 0.4
input = { name = "images", width = 640, height = 640, fit = "letterbox-centred", range = [0, 1] }
"""

MISTAKES = {
    "no toml": ("[labels]", "[labels", "at line 2"),
    "unknown key": ('licence = "MIT"', 'license = "MIT"', "model.mine.license: Extra inputs"),
    "missing key": ('origin = "trained here"', "", "model.mine.origin: Field required"),
    "unknown head": ('"ultralytics"', '"detr"', "model.mine.head: Input should be 'deim'"),
    "short checksum": ('sha256 = "00', 'sha256 = "', "model.mine.sha256: String should match"),
    "no such labels": ('labels = "two"', 'labels = "three"', "model.mine.labels: no list three"),
    "score above one": ("confident = 0.4", "confident = 40", "model.mine.confident: Input should"),
    "floor too high": ("confident = 0.4", "confident = 0.4\nfloor = 0.5", "floor 0.5 must not be"),
    "unknown fit": ("letterbox-centred", "crop", "model.mine.input.fit: Input should be 'stretch'"),
    "bad label": ('"car"]', '"CAR!"]', "labels.two.1: String should match"),
    "bad name": ("[model.mine]", '[model."My Model"]', "model.My Model.[key]: String should match"),
    "path as file": ('"mine.onnx"', '"../mine.onnx"', "model.mine.file: String should match"),
    "unknown source": ("input =", 'sources = [{kind = "ftp"}]\ninput =', "sources.0: Input tag"),
}


def own(folder: Path, text: str) -> Path:
    file = folder / "own.toml"
    file.write_text(text)
    return file


def test_every_shipped_card_is_complete() -> None:
    catalogue = Catalogue.load()

    assert all(catalogue.card(name) for name in catalogue.preferred)
    for name, card in catalogue.model.items():
        assert card.head in HEADS
        assert "person" in catalogue.labels_of(name)
        assert {label for group in card.same for label in group} <= set(catalogue.labels_of(name))


def test_the_shipped_footage_list_is_valid() -> None:
    assert "vtest" in footage.list_clips()


def test_a_sites_own_catalogue_is_merged(tmp_path: Path) -> None:
    catalogue = Catalogue.load(own(tmp_path, SOUND))

    assert {"mine", "deimv2-femto"} <= set(catalogue.model)
    assert catalogue.labels_of("mine") == ("person", "car")


@pytest.mark.parametrize(("there", "instead", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_catalogue_error_names_file_and_key(
    tmp_path: Path, there: str, instead: str, expected: str
) -> None:
    assert there in SOUND
    file = own(tmp_path, SOUND.replace(there, instead))

    with pytest.raises(CatalogueError) as caught:
        Catalogue.load(file)

    assert str(file) in str(caught.value)
    assert expected in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_missing_catalogue_file_is_named(tmp_path: Path) -> None:
    message = r"absent\.toml is not a valid catalogue:\n  cannot be read"
    with pytest.raises(CatalogueError, match=message):
        Catalogue.load(tmp_path / "absent.toml")


def test_for_a_mistyped_name_the_nearest_one_is_suggested() -> None:
    with pytest.raises(NotInCatalogueError, match="did you mean deimv2-femto"):
        Catalogue.load().card("deimv2-fempto")
    with pytest.raises(NotInCatalogueError, match="known: vtest"):
        footage.find_clip("nothing-like-it")
