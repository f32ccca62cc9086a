"""A detector over labelled pictures and over a stop-watch; what the command line prints."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

import msgspec
import numpy as np

from models.detector import ModelDetector
from models.errors import LabelFileError
from models.evaluation.annotations import read_mot, read_yolo
from models.evaluation.metrics import (
    LabelledSample,
    PrecisionRecall,
    average_precision,
    best_f1_threshold,
    precision_recall,
)
from models.inference.pictures import ArrayPicture, read_frames, read_photo

PERSON = "person"
MIN_SCORE_FOR_AP = 0.01
"""Average precision counts the doubtful too: load with this floor to measure it."""
CALLS_PER_ROUND = 5
"""Calls of one kind before the other has its turn, so that both meet the same weather."""


class OperatingPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Rightness at one threshold, as printed."""

    threshold: float
    precision: float
    recall: float
    f1: float


class VideoAccuracy(msgspec.Struct, frozen=True, kw_only=True):
    """Persons on the labelled frames of a recording, at an overlap of 0.5."""

    frames: int
    persons: int
    confident: OperatingPoint
    best: OperatingPoint


class PhotoAccuracy(msgspec.Struct, frozen=True, kw_only=True):
    """COCO's average precision over the labels that are there and that the model knows."""

    pictures: int
    labels: int
    ap: float
    ap50: float
    person_ap: float
    person_ap50: float


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a picture beside one bare call of the network; medians, milliseconds."""

    calls_per_look: int
    look_ms: float
    look_cpu_ms: float
    bare_ms: float
    bare_cpu_ms: float
    ratio: float


def measure_video_accuracy(detector: ModelDetector, video: Path, labels: Path) -> VideoAccuracy:
    """Measure persons on the frames of ``video`` that ``labels`` (MOT) has truth for."""
    samples = list(_video_samples(detector, video, labels))
    if not samples:
        raise LabelFileError(labels, f"no line is about a frame of {video}")
    return VideoAccuracy(
        frames=len(samples),
        persons=sum(len(sample.truth) for sample in samples),
        confident=_at(precision_recall(samples, PERSON, detector.confidence_threshold)),
        best=_at(best_f1_threshold(samples, PERSON)),
    )


def measure_photo_accuracy(
    detector: ModelDetector, folder: Path, class_labels: Sequence[str]
) -> PhotoAccuracy:
    """Measure all labels on the photographs in ``folder`` (jpg, with YOLO lines beside).

    Args:
        detector: What is measured.
        folder: Photographs and their label files.
        class_labels: What each class in the label files is called.
    """
    samples = [
        LabelledSample(
            detector.detect_picture(read_photo(file)),
            read_yolo(file.with_suffix(".txt"), class_labels),
        )
        for file in sorted(folder.glob("*.jpg"))
    ]
    there = {word for sample in samples for word in sample.truth.labels}
    both = sorted(there & detector.labels)
    if not both:
        raise LabelFileError(folder, "no photograph with a label that the model knows")
    curves = {label: average_precision(samples, label) for label in both}
    whole, person = np.array([*curves.values()]), curves.get(PERSON, np.zeros(10))
    return PhotoAccuracy(
        pictures=len(samples),
        labels=len(both),
        ap=_rounded(whole.mean()),
        ap50=_rounded(whole[:, 0].mean()),
        person_ap=_rounded(person.mean()),
        person_ap50=_rounded(person[0]),
    )


def measure_speed(detector: ModelDetector, pictures: Sequence[ArrayPicture], rounds: int) -> Speed:
    """Time looks and bare calls in turns, on the pictures given."""
    spec = detector.card.input
    tensor = np.full((1, 3, spec.height, spec.width), 0.5, np.float32)
    looks: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []
    for turn in range(rounds):
        seen = (
            pictures[(turn * CALLS_PER_ROUND + i) % len(pictures)] for i in range(CALLS_PER_ROUND)
        )
        looks += [_timed(partial(detector.detect_picture, picture)) for picture in seen]
        bare += [_timed(partial(detector.runtime.infer, tensor)) for _ in range(CALLS_PER_ROUND)]
    look, look_cpu, call, call_cpu = (
        _rounded(median(values)) for values in (*zip(*looks, strict=True), *zip(*bare, strict=True))
    )
    calls = detector.calls_per_frame(pictures[0].size)
    return Speed(
        calls_per_look=calls,
        look_ms=look,
        look_cpu_ms=look_cpu,
        bare_ms=call,
        bare_cpu_ms=call_cpu,
        ratio=_rounded(look_cpu / (call_cpu * calls)),
    )


def _video_samples(detector: ModelDetector, video: Path, labels: Path) -> Iterator[LabelledSample]:
    frames = read_frames(video)
    first = next(frames)
    truth = read_mot(labels, first.size)
    for number, picture in enumerate(chain([first], frames), start=1):
        if number in truth:
            yield LabelledSample(detector.detect_picture(picture), truth[number])
        if number >= max(truth):
            return


def _timed(call: Callable[[], object]) -> tuple[float, float]:
    started, started_cpu = time.perf_counter(), time.process_time()
    call()
    spent = time.perf_counter() - started, time.process_time() - started_cpu
    return spent[0] * 1000, spent[1] * 1000


def _at(right: PrecisionRecall) -> OperatingPoint:
    figures = (right.threshold, right.precision, right.recall, right.f1)
    threshold, precision, recall, f1 = map(_rounded, figures)
    return OperatingPoint(threshold=threshold, precision=precision, recall=recall, f1=f1)


def _rounded(value: float) -> float:
    return round(float(value), 3)
