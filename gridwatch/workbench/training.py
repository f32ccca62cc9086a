"""``model train``: fine-tune a network with Ultralytics and compare it with the model in service.

Ultralytics runs in its own environment (``make peer``, or the extra ``train``). Both models are
measured here, by the same code, on the pictures that the training has not seen.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from gridwatch.benchmarks.peers.peer import Peer, TrainedNetwork
from gridwatch.errors import UsageError
from gridwatch.workbench.ultralytics_export import export_weights, make_labels
from models.catalogue.catalogue import Catalogue
from models.detector import ModelDetector
from models.evaluation.annotations import read_yolo
from models.evaluation.benchmark import MIN_SCORE_FOR_AP
from models.evaluation.metrics import LabelledSample, average_precision
from models.inference.pictures import read_photo

RESAMPLES = 100
SEED = 1


class ModelFigures(msgspec.Struct, frozen=True, kw_only=True):
    """COCO's average precision over all labels of the held-back part.

    Args:
        ap: At an IoU of .50 to .95; a label that the model does not know counts 0.
        ap50: At an IoU of .50.
        by_label: ``ap`` of each label.
    """

    model: str
    ap: float
    ap50: float
    by_label: dict[str, float]


class TrainingResult(msgspec.Struct, frozen=True, kw_only=True):
    """A trained network beside the model in service.

    Args:
        pictures: Number of pictures that were held back.
        better_share: Share of ``RESAMPLES`` resamples of these pictures in which the trained
            network has the higher ``ap``; ties count half.
        entry: Its catalogue file; ``None`` if it was refused.
        refusal: Why it was refused; empty if it was not.
    """

    name: str
    seconds: float
    pictures: int
    trained: ModelFigures
    in_service: ModelFigures
    better_share: float
    entry: str | None
    refusal: str


def train_model(
    dataset: Path,
    base: str,
    *,
    name: str,
    epochs: int,
    size: int,
    folder: Path,
    in_service: ModelDetector,
) -> TrainingResult:
    """Train a network, measure it beside the model in service, and enter it if it is not worse.

    Args:
        dataset: ``data.yaml`` with ``train``, ``val`` and ``names``; ``val`` is held back.
        base: Weights (.pt), or a network of Ultralytics such as ``yolo11n.yaml``.
        folder: For ``NAME.pt``, ``NAME.onnx`` and the catalogue entry ``NAME.toml``.
        in_service: Loaded with ``MIN_SCORE_FOR_AP``.

    Raises:
        UsageError: The held-back part has no object.
        PeerError: Ultralytics is not installed, or cannot train on the data set.
        LabelFileError: A label file is invalid.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder.absolute() / f"{name}.pt"
    with tempfile.TemporaryDirectory(prefix="gridwatch-train-") as scratch:
        network = Peer(Path(scratch)).train(
            dataset.absolute(), base, weights, epochs=epochs, size=size
        )
    entry = export_weights(weights, name=name, size=size, folder=folder)
    held_back = HeldBackPictures(network)
    trained = held_back.detect(_load(entry, name))
    serving = held_back.detect(in_service)
    ours, theirs = measure(name, trained), measure(in_service.model.name, serving)
    refusal = find_refusal(ours, theirs)
    if refusal:
        entry.unlink()
    else:
        entry.write_text(add_figures(entry.read_text("utf-8"), ours), "utf-8")
    return TrainingResult(
        name=name,
        seconds=round(network.seconds, 1),
        pictures=len(trained),
        trained=ours,
        in_service=theirs,
        better_share=compare_resampled(trained, serving),
        entry=None if refusal else str(entry),
        refusal=refusal,
    )


class HeldBackPictures:
    """The pictures that the training has not seen, with their labels.

    Raises:
        UsageError: None of them has an object.
        LabelFileError: A label file is invalid.
    """

    def __init__(self, network: TrainedNetwork) -> None:
        labels = make_labels(network.names)
        self._pictures = [Path(file) for file in network.pictures]
        self._truths = [read_yolo(file, labels) for file in map(Path, network.labels)]
        if not any(len(truth) for truth in self._truths):
            raise UsageError("the part `val` of the data set has no labelled object to measure on")

    def detect(self, detector: ModelDetector) -> list[LabelledSample]:
        """Return what a model detects in them, beside the truth."""
        return [
            LabelledSample(detector.detect_picture(read_photo(file)), truth)
            for file, truth in zip(self._pictures, self._truths, strict=True)
        ]


def measure(model: str, samples: Sequence[LabelledSample]) -> ModelFigures:
    """Return the average precision over all labels that occur in the truth."""
    precisions = {label: average_precision(samples, label) for label in _labels(samples)}
    overall = np.array([*precisions.values()])
    return ModelFigures(
        model=model,
        ap=round(float(overall.mean()), 4),
        ap50=round(float(overall[:, 0].mean()), 4),
        by_label={label: round(float(each.mean()), 4) for label, each in precisions.items()},
    )


def find_refusal(trained: ModelFigures, in_service: ModelFigures) -> str:
    """Return why a trained model may not replace the one in service; empty if it may."""
    if trained.ap > in_service.ap:
        return ""
    return (
        f"average precision {trained.ap:.3f} on the held-back pictures is not above the "
        f"{in_service.ap:.3f} of {in_service.model}"
    )


def compare_resampled(
    trained: Sequence[LabelledSample], in_service: Sequence[LabelledSample]
) -> float:
    """Return in which share of resamples of the pictures the trained network is better."""
    generator = np.random.default_rng(SEED)
    wins = 0.0
    for _ in range(RESAMPLES):
        rows = generator.integers(len(trained), size=len(trained))
        if not any(len(trained[row].truth) for row in rows):
            wins += 0.5
            continue
        ours = measure("", [trained[row] for row in rows]).ap
        theirs = measure("", [in_service[row] for row in rows]).ap
        wins += 0.5 if ours == theirs else float(ours > theirs)
    return round(wins / RESAMPLES, 3)


def _load(entry: Path, name: str) -> ModelDetector:
    catalogue = Catalogue.load(entry)
    card = catalogue.card(name).model_copy(update={"floor": MIN_SCORE_FOR_AP, "floors": {}})
    return ModelDetector(name, entry.with_name(card.file), card, catalogue.labels_of(name))


def add_figures(entry: str, figures: ModelFigures) -> str:
    """Add the figures to a catalogue entry, before its table ``input``."""
    head, marker, rest = entry.partition("\n[model.")[2].partition("\n\n[model.")
    start = entry.partition("\n[model.")[0]
    accuracy = f"accuracy = {{ ap = {figures.ap:.3f} }} # on the held-back pictures of its training"
    return f"{start}\n[model.{head}\n{accuracy}{marker}{rest}"


def _labels(samples: Sequence[LabelledSample]) -> list[str]:
    return sorted({label for sample in samples for label in sample.truth.labels})
