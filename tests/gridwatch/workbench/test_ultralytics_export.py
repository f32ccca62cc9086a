"""Weights of Ultralytics as a model of the catalogue."""

import json
import os
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from gridwatch.benchmarks.peers.peer import ExportedNetwork, Peer, PeerError
from gridwatch.workbench.ultralytics_export import Agreement, compare, make_entry, make_labels
from models.catalogue.catalogue import Catalogue
from pipeline.detection import Detections
from tests.gridwatch.commands.test_model import gridwatch
from tests.pipeline.builders import a_box, some_detections

NETWORK = ExportedNetwork(names=["Hard_Hat", "no-hat", "2"], task="detect", version="8.4.0")


def agreement(original: Detections, exported: Detections) -> Agreement:
    return compare([original], [exported], 0.5)


def test_the_entry_is_a_catalogue_with_the_labels_of_the_network(tmp_path: Path) -> None:
    (tmp_path / "hats.onnx").write_bytes(b"network")
    entry = tmp_path / "hats.toml"
    entry.write_text(
        make_entry("hats", weights="h.pt", target=tmp_path / "hats.onnx", network=NETWORK, size=640)
    )

    catalogue = Catalogue.load(entry)

    assert catalogue.labels_of("hats") == ("hard hat", "no-hat", "class 2")
    assert catalogue.card("hats").input.fit == "letterbox-centred"


def test_names_are_spelt_as_labels() -> None:
    assert make_labels(["Person", "E-Bike #2", "安全帽", "traffic_light"]) == [
        "person",
        "e-bike 2",
        "class 2",
        "traffic light",
    ]


def test_equal_detections_agree() -> None:
    boxes = some_detections(a_box(0.2), a_box(0.6), scores=[0.9, 0.6])
    same = agreement(boxes, boxes)

    assert same.is_sufficient
    assert (same.original, same.exported, same.share, same.median_iou) == (2, 2, 1.0, 1.0)


def test_a_missing_or_an_added_detection_is_a_disagreement() -> None:
    two = some_detections(a_box(0.2), a_box(0.6), scores=[0.9, 0.6])
    one = some_detections(a_box(0.2), scores=[0.9])

    assert agreement(two, one).share == agreement(one, two).share == pytest.approx(2 / 3, abs=1e-3)
    assert not agreement(two, one).is_sufficient


def test_a_score_just_below_the_threshold_still_counts_as_found() -> None:
    original = some_detections(a_box(0.2), scores=[0.51])
    exported = some_detections(a_box(0.2), scores=[0.45])

    assert agreement(original, exported).share == 1
    assert agreement(original, exported).largest_score_difference == pytest.approx(0.06, abs=1e-3)


def test_another_label_is_a_disagreement() -> None:
    person, dog = some_detections(a_box(0.2)), some_detections(a_box(0.2), label="dog")

    assert agreement(person, dog).share == 0


def test_an_original_that_finds_nothing_verifies_nothing() -> None:
    assert not agreement(Detections.empty(), Detections.empty()).is_sufficient


@pytest.mark.slow
def test_weights_are_exported_and_run_by_their_entry(tmp_path: Path) -> None:
    try:
        python = Peer(tmp_path).python
    except PeerError as error:
        pytest.skip(str(error))
    make = "from ultralytics import YOLO; YOLO('yolov8n-pose.yaml').save('own.pt')"
    offline = {**os.environ, "YOLO_CONFIG_DIR": str(tmp_path), "YOLO_OFFLINE": "1"}
    subprocess.run([str(python), "-c", make], cwd=tmp_path, env=offline, check=True)
    photos = tmp_path / "photos"
    photos.mkdir()
    write_photo(photos / "one.png")

    words = ("--to", str(tmp_path), "--size", "160", "--pictures", str(photos), "--json")
    done = gridwatch("model", "export", str(tmp_path / "own.pt"), *words)

    assert done.returncode == 1, done.stderr  # random weights detect nothing
    assert json.loads(done.stdout)["verification"]["pictures"] == 1
    assert "nothing is found" in done.stderr
    assert Catalogue.load(tmp_path / "own.toml").labels_of("own") == ("class 0",)


def write_photo(file: Path) -> None:
    cv2.imwrite(str(file), np.random.default_rng(1).integers(0, 255, (90, 160, 3), np.uint8))
