"""A trained network beside the model in service, measured by the same code."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from gridwatch.benchmarks.peers.peer import Peer, PeerError, TrainedNetwork
from gridwatch.errors import UsageError
from gridwatch.workbench.training import (
    HeldBackPictures,
    add_figures,
    compare_resampled,
    find_refusal,
    measure,
)
from gridwatch.workbench.ultralytics_export import make_entry
from models.catalogue.catalogue import Catalogue
from models.evaluation.metrics import LabelledSample
from pipeline.detection import Detections
from tests.gridwatch.commands.test_model import gridwatch
from tests.gridwatch.workbench.test_ultralytics_export import NETWORK
from tests.pipeline.builders import a_box, some_detections

TRUTH = some_detections(a_box(0.2), a_box(0.6))
FOUND = LabelledSample(some_detections(a_box(0.2), a_box(0.6), scores=[0.9, 0.8]), TRUTH)
HALF = LabelledSample(some_detections(a_box(0.2), scores=[0.9]), TRUTH)
NOTHING = LabelledSample(Detections.empty(), TRUTH)


def test_a_label_that_a_model_does_not_know_counts_zero() -> None:
    dog = LabelledSample(Detections.empty(), some_detections(a_box(0.2), label="dog"))

    figures = measure("persons", [FOUND, dog])

    assert figures.by_label == {"dog": 0.0, "person": 1.0}
    assert figures.ap == figures.ap50 == 0.5


def test_only_a_better_network_is_entered() -> None:
    good, worse = measure("new", [FOUND]), measure("old", [HALF])

    assert find_refusal(good, worse) == ""
    assert "is not above the 1.000 of new" in find_refusal(good, good)
    assert "average precision 0.505" in find_refusal(worse, good)


def test_how_sure_a_difference_is_depends_on_the_pictures_that_show_it() -> None:
    assert compare_resampled([FOUND] * 5, [HALF] * 5) == 1.0
    assert compare_resampled([FOUND] * 5, [FOUND] * 5) == 0.5
    # Better on one of five pictures and worse on none: (4/5)^5 of the resamples lack that one.
    one = compare_resampled([FOUND] * 5, [*[FOUND] * 4, NOTHING])
    assert one == pytest.approx(1 - 0.33 / 2, abs=0.07)


def test_the_figures_stand_in_the_entry(tmp_path: Path) -> None:
    (tmp_path / "hats.onnx").write_bytes(b"network")
    entry = make_entry("hats", weights="h", target=tmp_path / "hats.onnx", network=NETWORK, size=64)
    file = tmp_path / "hats.toml"
    file.write_text(add_figures(entry, measure("hats", [HALF])))

    assert Catalogue.load(file).card("hats").accuracy.ap == pytest.approx(0.505, abs=1e-3)
    assert Catalogue.load(file).card("hats").input.width == 64


def test_a_held_back_part_without_objects_is_refused(tmp_path: Path) -> None:
    network = TrainedNetwork(
        seconds=1, names=["sign"], pictures=["a.jpg"], labels=[str(tmp_path / "a.txt")]
    )

    with pytest.raises(UsageError, match="no labelled object"):
        HeldBackPictures(network)


@pytest.mark.slow
def test_a_network_of_one_epoch_is_trained_measured_and_refused(tmp_path: Path) -> None:
    try:
        Peer(tmp_path)
    except PeerError as error:
        pytest.skip(str(error))
    write_dataset(tmp_path)

    words = ("--base", "yolo11n.yaml", "--epochs", "1", "--size", "160", "--beside", "nanodet-g")
    done = gridwatch(
        "model", "train", str(tmp_path / "data.yaml"), *words, "--to", str(tmp_path), "--json"
    )

    assert done.returncode == 1, done.stderr
    result = json.loads(done.stdout)
    assert "average precision 0.000 on the held-back pictures" in result["refusal"]
    assert (result["pictures"], result["entry"]) == (2, None)
    assert (tmp_path / "trained.pt").is_file()
    assert not (tmp_path / "trained.toml").exists()


def write_dataset(folder: Path) -> None:
    """Write six pictures with an orange square each; two are held back."""
    generator = np.random.default_rng(1)
    for part, count in (("train", 4), ("val", 2)):
        for kind in ("images", "labels"):
            (folder / kind / part).mkdir(parents=True)
        for number in range(count):
            picture = generator.integers(0, 255, (120, 160, 3), np.uint8)
            picture[40:80, 40:80] = (0, 140, 255)
            cv2.imwrite(str(folder / "images" / part / f"{number}.jpg"), picture)
            label = folder / "labels" / part / f"{number}.txt"
            label.write_text("0 0.375 0.5 0.25 0.33\n")
    text = f"path: {folder}\ntrain: images/train\nval: images/val\nnames: [orange sign]\n"
    (folder / "data.yaml").write_text(text)
