"""Measure a detector on labelled pictures and with a stopwatch, for ``gridwatch model``."""

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
"""Average precision counts low scores too: load the detector with this minimum score."""
CALLS_PER_ROUND = 5
"""Calls of one kind before the other kind is timed, so that both meet the same machine load."""


class OperatingPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Precision and recall at one score threshold."""

    threshold: float
    precision: float
    recall: float
    f1: float


class VideoAccuracy(msgspec.Struct, frozen=True, kw_only=True):
    """Detection of persons on the labelled frames of a video, at an IoU of 0.5.

    Args:
        frames: Number of labelled frames.
        persons: Number of persons in them.
        confident: At the detector's confidence threshold.
        best: At the threshold with the highest F1.
    """

    frames: int
    persons: int
    confident: OperatingPoint
    best: OperatingPoint


class PhotoAccuracy(msgspec.Struct, frozen=True, kw_only=True):
    """COCO average precision over the labels that occur and that the model knows."""

    pictures: int
    labels: int
    ap: float
    ap50: float
    person_ap: float
    person_ap50: float


class DetectionSpeed(msgspec.Struct, frozen=True, kw_only=True):
    """One detection on a picture beside one bare call of the network; medians.

    Args:
        calls: Network calls per picture.
        detection_ms: Wall time of one detection.
        detection_cpu_ms: CPU time of one detection.
        bare_ms: Wall time of one bare call.
        bare_cpu_ms: CPU time of one bare call.
        ratio: CPU time of a detection over that of its bare calls.
    """

    calls: int = msgspec.field(name="calls_per_look")
    detection_ms: float = msgspec.field(name="look_ms")
    detection_cpu_ms: float = msgspec.field(name="look_cpu_ms")
    bare_ms: float
    bare_cpu_ms: float
    ratio: float


def measure_video_accuracy(detector: ModelDetector, video: Path, labels: Path) -> VideoAccuracy:
    """Measure the detection of persons on the frames that ``labels`` (MOT) describes.

    Raises:
        LabelFileError: The labels cannot be read, or describe no frame of the video.
        VideoError: The video cannot be read.
    """
    samples = list(_video_samples(detector, video, labels))
    if not samples:
        raise LabelFileError(labels, f"no line describes a frame of {video}")
    return VideoAccuracy(
        frames=len(samples),
        persons=sum(len(sample.truth) for sample in samples),
        confident=_operating_point(
            precision_recall(samples, PERSON, detector.confidence_threshold)
        ),
        best=_operating_point(best_f1_threshold(samples, PERSON)),
    )


def measure_photo_accuracy(
    detector: ModelDetector, folder: Path, class_labels: Sequence[str]
) -> PhotoAccuracy:
    """Measure average precision on the photos of a folder.

    Args:
        detector: The detector, loaded with ``MIN_SCORE_FOR_AP``.
        folder: Photos (jpg), each with a YOLO label file beside it.
        class_labels: Label of each class in the label files.

    Raises:
        LabelFileError: A label file cannot be read, or none has a label that the model knows.
    """
    samples = [
        LabelledSample(
            detector.detect_picture(read_photo(file)),
            read_yolo(file.with_suffix(".txt"), class_labels),
        )
        for file in sorted(folder.glob("*.jpg"))
    ]
    present = {label for sample in samples for label in sample.truth.labels}
    measured = sorted(present & detector.labels)
    if not measured:
        raise LabelFileError(folder, "no photo with a label that the model knows")
    precisions = {label: average_precision(samples, label) for label in measured}
    overall, person = np.array([*precisions.values()]), precisions.get(PERSON, np.zeros(10))
    return PhotoAccuracy(
        pictures=len(samples),
        labels=len(measured),
        ap=_rounded(overall.mean()),
        ap50=_rounded(overall[:, 0].mean()),
        person_ap=_rounded(person.mean()),
        person_ap50=_rounded(person[0]),
    )


def measure_speed(
    detector: ModelDetector, pictures: Sequence[ArrayPicture], rounds: int
) -> DetectionSpeed:
    """Time detections and bare network calls in turn."""
    spec = detector.card.input
    tensor = np.full((1, 3, spec.height, spec.width), 0.5, np.float32)
    detections: list[tuple[float, float]] = []
    bare_calls: list[tuple[float, float]] = []
    for turn in range(rounds):
        first = turn * CALLS_PER_ROUND
        chosen = (pictures[(first + i) % len(pictures)] for i in range(CALLS_PER_ROUND))
        detections += [_time(partial(detector.detect_picture, picture)) for picture in chosen]
        bare_calls += [
            _time(partial(detector.runtime.infer, tensor)) for _ in range(CALLS_PER_ROUND)
        ]
    detection_ms, detection_cpu_ms = map(_median, zip(*detections, strict=True))
    bare_ms, bare_cpu_ms = map(_median, zip(*bare_calls, strict=True))
    calls = detector.calls_per_frame(pictures[0].size)
    return DetectionSpeed(
        calls=calls,
        detection_ms=detection_ms,
        detection_cpu_ms=detection_cpu_ms,
        bare_ms=bare_ms,
        bare_cpu_ms=bare_cpu_ms,
        ratio=_rounded(detection_cpu_ms / (bare_cpu_ms * calls)),
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


def _time(call: Callable[[], object]) -> tuple[float, float]:
    """Return the wall time and the CPU time of a call, in milliseconds."""
    started, started_cpu = time.perf_counter(), time.process_time()
    call()
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    return wall_s * 1000, cpu_s * 1000


def _operating_point(counts: PrecisionRecall) -> OperatingPoint:
    return OperatingPoint(
        threshold=_rounded(counts.threshold),
        precision=_rounded(counts.precision),
        recall=_rounded(counts.recall),
        f1=_rounded(counts.f1),
    )


def _median(values: Sequence[float]) -> float:
    return _rounded(median(values))


def _rounded(value: float) -> float:
    return round(float(value), 3)
