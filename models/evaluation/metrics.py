"""How right a detector is: precision and recall at one overlap, and COCO's average precision."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.inference.nms import box_iou
from pipeline.detection import Detections, Float32Array

COCO_IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""COCO's overlaps: average precision is their mean."""
RECALL_LEVELS = np.linspace(0, 1, 101)
MAX_DETECTIONS = 100
"""Of one picture and label, COCO looks at this many of the best."""
UNDEFINED = float("nan")


@dataclass(frozen=True, slots=True)
class LabelledSample:
    """One picture: what was found, and what is there (its scores mean nothing)."""

    detections: Detections
    truth: Detections


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionRecall:
    """Counts at one threshold; nothing found or nothing there counts as 0."""

    threshold: float
    true_positives: int
    detections: int
    ground_truths: int

    @property
    def precision(self) -> float:
        """Part of what was found that is there."""
        return self.true_positives / self.detections if self.detections else 0.0

    @property
    def recall(self) -> float:
        """Part of what is there that was found."""
        return self.true_positives / self.ground_truths if self.ground_truths else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.detections + self.ground_truths
        return 2 * self.true_positives / total if total else 0.0


def precision_recall(
    samples: Sequence[LabelledSample], label: str, threshold: float
) -> PrecisionRecall:
    """Count hits of ``label`` from ``threshold`` on, at an overlap of 0.5."""
    scores, hits, there = _judged(samples, label, COCO_IOU_THRESHOLDS[:1])
    counted = scores >= threshold
    return PrecisionRecall(
        threshold=threshold,
        true_positives=int(hits[0, counted].sum()),
        detections=int(counted.sum()),
        ground_truths=there,
    )


def best_f1_threshold(samples: Sequence[LabelledSample], label: str) -> PrecisionRecall:
    """Find the threshold with the highest F1 for ``label``, at an overlap of 0.5."""
    scores, hits, there = _judged(samples, label, COCO_IOU_THRESHOLDS[:1])
    right = hits[0].cumsum()
    count = np.arange(1, scores.size + 1)
    ends = np.append(scores[1:] != scores[:-1], True)[: scores.size]  # equal scores go together
    f1 = np.where(ends, 2 * right / (count + there), -1.0)
    best = int(f1.argmax()) if f1.size else -1
    threshold = float(scores[best]) if f1.size else 1.0
    return precision_recall(samples, label, threshold)


def average_precision(samples: Sequence[LabelledSample], label: str) -> NDArray[np.float64]:
    """COCO's 101-point average precision of ``label`` at each of ``COCO_IOU_THRESHOLDS``.

    Returns:
        float64 [10], not a number where no truth has the label.
    """
    _, hits, there = _judged(samples, label, COCO_IOU_THRESHOLDS)
    if not there:
        return np.full(COCO_IOU_THRESHOLDS.size, UNDEFINED)
    return np.array([_area(row, there) for row in hits])


def _judged(
    samples: Sequence[LabelledSample], label: str, ious: NDArray[np.float64]
) -> tuple[Float32Array, NDArray[np.bool_], int]:
    """Score of every detection, best first; whether it hit, per overlap; how many there are."""
    scores, hits, there = [np.zeros(0, np.float32)], [np.zeros((ious.size, 0), np.bool_)], 0
    for sample in samples:
        found, truth = _of(sample.detections, label), _of(sample.truth, label)
        best = np.argsort(-found.scores, kind="stable")[:MAX_DETECTIONS]
        overlaps = box_iou(_corners(found)[best], _corners(truth))
        scores.append(found.scores[best])
        hits.append(np.array([_hits(overlaps, iou) for iou in ious]))
        there += len(truth)
    joined = np.concatenate(scores)
    order = np.argsort(-joined, kind="stable")
    return joined[order], np.concatenate(hits, axis=1)[:, order], there


def _hits(overlaps: Float32Array, iou: float) -> NDArray[np.bool_]:
    """Give each detection, best first, the nearest true box that nobody has taken yet."""
    free = np.ones(overlaps.shape[1], np.bool_)
    hit = np.zeros(overlaps.shape[0], np.bool_)
    for row, overlap in enumerate(overlaps):
        left = np.where(free, overlap, -1)
        if left.size and left.max() >= iou:
            hit[row] = True
            free[left.argmax()] = False
    return hit


def _area(hits: NDArray[np.bool_], there: int) -> float:
    right = hits.cumsum()
    precision = right / np.arange(1, hits.size + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(right / there, RECALL_LEVELS, side="left")
    return float(np.append(envelope, 0.0)[np.minimum(at, hits.size)].mean())


def _of(detections: Detections, label: str) -> Detections:
    return detections.select(np.array([word == label for word in detections.labels], np.bool_))


def _corners(detections: Detections) -> Float32Array:
    boxes = detections.boxes
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
