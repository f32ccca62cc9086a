"""``model export``: weights of Ultralytics as a model, verified against the original.

Ultralytics runs in its own environment (``make peer``, or the extra ``train``). What it detects in
real pictures is compared with what the exported network detects here.
"""

import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np

from gridwatch.benchmarks.peers.peer import ExportedNetwork, Peer, PredictedBoxes
from gridwatch.errors import UsageError
from models.catalogue.catalogue import Catalogue
from models.catalogue.fetch import sha256_of
from models.detector import ModelDetector
from pipeline.detection import Detections
from pipeline.frame import Picture
from pipeline.geometry.boxes import FloatArray, iou_matrix, xywh_to_xyxy

CONFIDENT, OVERLAP = 0.25, 0.7
"""Defaults of Ultralytics for prediction: least score, and IoU of one object."""
LOWER_SCORE = 0.8
"""A detection counts as found by the other side from this share of the threshold on."""
SAME_IOU = 0.8
"""IoU from which two boxes are the same: scaling differs by a pixel of the input."""
MIN_AGREEMENT = 0.95
"""Share of the detections of both sides that the other side must find."""


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How far the exported network agrees with the original.

    Args:
        pictures: Number of pictures.
        original: Detections of the original from ``threshold`` on.
        exported: Detections of the exported network from there on.
        share: Share of both that the other side finds, with the same label at ``SAME_IOU``.
        median_iou: Of the detections of the original that are found.
        largest_score_difference: Likewise.
    """

    pictures: int
    threshold: float
    original: int
    exported: int
    share: float
    median_iou: float
    largest_score_difference: float

    @property
    def is_sufficient(self) -> bool:
        """Whether the original detects anything, and both agree."""
        return self.original > 0 and self.share >= MIN_AGREEMENT


def export_weights(weights: Path, *, name: str, size: int, folder: Path) -> Path:
    """Export weights into ``folder`` as ``NAME.onnx``, with ``NAME.toml`` for the catalogue.

    Returns:
        The catalogue file.

    Raises:
        UsageError: The network does not detect upright boxes.
        PeerError: Ultralytics is not installed, or cannot export the weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder.absolute() / f"{name}.onnx"
    with tempfile.TemporaryDirectory(prefix="gridwatch-export-") as scratch:
        network = Peer(Path(scratch)).export_weights(weights.absolute(), target, size)
    if network.task not in {"detect", "pose", "segment"}:
        target.unlink()
        raise UsageError(f"{weights} is a network for {network.task} and detects no upright boxes")
    file = folder / f"{name}.toml"
    file.write_text(
        make_entry(name, weights=weights.name, target=target, network=network, size=size), "utf-8"
    )
    return file


def make_entry(
    name: str, *, weights: str, target: Path, network: ExportedNetwork, size: int
) -> str:
    """Return the catalogue entry of an exported network, as TOML."""
    return f"""# Written by `gridwatch model export`; docs/models.md describes all keys.
[labels]
{name} = {json.dumps(make_labels(network.names))}

[model.{name}]
summary = "{network.task} network exported from {weights}"
file = "{target.name}"
sha256 = "{sha256_of(target)}"
licence = "AGPL-3.0, or as agreed with Ultralytics"
origin = "{weights}, exported by ultralytics {network.version}"
head = "ultralytics"
labels = "{name}"
confident = {CONFIDENT} # the default of Ultralytics
overlap = {OVERLAP}

[model.{name}.input]
name = "images"
width = {size}
height = {size}
fit = "letterbox-centred"
range = [0, 1]
"""


def make_labels(names: Iterable[str]) -> list[str]:
    """Return the names of the classes in the spelling of the catalogue.

    Lower case, digits, spaces and hyphens; a name without a letter is ``class N``.
    """
    labels = []
    for number, name in enumerate(names):
        plain = re.sub(r"[^a-z0-9 -]+", " ", name.lower()).strip(" -")
        plain = re.sub(r" +", " ", plain)
        labels.append(plain if plain[:1].isalpha() else f"class {plain or number}".rstrip())
    return labels


def verify_export(
    weights: Path, entry: Path, *, name: str, pictures: Sequence[Picture], threshold: float
) -> Agreement:
    """Compare an exported network with the original on pictures.

    Args:
        weights: The original.
        entry: The catalogue file of the exported network, which lies beside it.
        name: Its name in the catalogue.
        pictures: Real pictures with objects that it knows.
        threshold: Score from which detections are compared.
    """
    catalogue = Catalogue.load(entry)
    card = catalogue.card(name).model_copy(update={"floor": threshold * LOWER_SCORE, "floors": {}})
    labels = catalogue.labels_of(name)
    detector = ModelDetector(name, entry.with_name(card.file), card, labels)
    with tempfile.TemporaryDirectory(prefix="gridwatch-export-") as scratch:
        stored = _store_pictures(pictures, Path(scratch) / "pictures")
        theirs = Peer(Path(scratch)).predict(
            weights.absolute(), stored, size=card.input.width, min_score=threshold * LOWER_SCORE
        )
    ours = [detector.detect_picture(picture) for picture in pictures]
    originals = [_to_detections(boxes, labels) for boxes in theirs]
    return compare(originals, ours, threshold)


def compare(
    originals: Sequence[Detections], exported: Sequence[Detections], threshold: float
) -> Agreement:
    """Match the detections of both sides, picture by picture.

    Args:
        originals: With scores from ``LOWER_SCORE * threshold`` on, like ``exported``.
        exported: Of the same pictures.
        threshold: A detection from this score on must be found by the other side.
    """
    pairs = list(zip(originals, exported, strict=True))
    theirs = [_match(original, own, threshold) for original, own in pairs]
    ours = [_match(own, original, threshold) for original, own in pairs]
    matched = np.concatenate([np.zeros((0, 2)), *theirs])
    all_matched = np.concatenate([matched, *ours])
    is_found = matched[:, 0] >= SAME_IOU
    return Agreement(
        pictures=len(pairs),
        threshold=threshold,
        original=len(matched),
        exported=len(all_matched) - len(matched),
        share=round(float((all_matched[:, 0] >= SAME_IOU).mean()), 4) if len(all_matched) else 0.0,
        median_iou=round(float(np.median(matched[is_found, 0])), 4) if is_found.any() else 0.0,
        largest_score_difference=round(float(matched[is_found, 1].max(initial=0)), 4),
    )


def _match(some: Detections, others: Detections, threshold: float) -> FloatArray:
    """Find for each detection from ``threshold`` on the best one of the same label.

    Returns:
        float64 [n, 2]: IoU and difference of the scores; an IoU of 0 if there is none.
    """
    rows = np.flatnonzero(some.scores >= threshold)
    if not len(others):
        return np.zeros((len(rows), 2))
    is_same = np.array(some.labels)[rows, None] == np.array(others.labels)[None]
    ious = iou_matrix(xywh_to_xyxy(some.boxes)[rows], xywh_to_xyxy(others.boxes)) * is_same
    best = ious.argmax(axis=1)
    differences = np.abs(some.scores[rows] - others.scores[best])
    return np.column_stack([ious[np.arange(len(rows)), best], differences])


def _to_detections(predicted: PredictedBoxes, labels: Sequence[str]) -> Detections:
    corners = np.array(predicted.corners, np.float32).reshape(-1, 4).clip(0, 1)
    boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    scores = np.array(predicted.scores, np.float32)
    return Detections(boxes, scores, tuple(labels[number] for number in predicted.classes))


def _store_pictures(pictures: Sequence[Picture], folder: Path) -> Path:
    folder.mkdir()
    for number, picture in enumerate(pictures):
        bgr = cv2.cvtColor(picture.rgb(), cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"{number:04}.png"), bgr)
    return folder
