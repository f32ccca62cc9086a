"""Precision, recall and COCO average precision of a detector."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.detection import Detections
from pipeline.geometry.boxes import Float32Array, iou_matrix, xywh_to_xyxy

COCO_IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""COCO's average precision is the mean over these thresholds."""
RECALL_LEVELS = np.linspace(0, 1, 101)
"""Recall levels at which COCO samples the precision."""
MAX_DETECTIONS = 100
"""COCO counts only this many detections per picture and label, best first."""
UNDEFINED = float("nan")


@dataclass(frozen=True, slots=True)
class LabelledSample:
    """One picture: the detections, and the ground truth, whose scores are ignored."""

    detections: Detections
    truth: Detections


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionRecall:
    """Counts at one score threshold; a ratio without a denominator is 0."""

    threshold: float
    true_positives: int
    detections: int
    ground_truths: int

    @property
    def precision(self) -> float:
        """Share of the detections that are right."""
        return self.true_positives / self.detections if self.detections else 0.0

    @property
    def recall(self) -> float:
        """Share of the ground truth that is detected."""
        return self.true_positives / self.ground_truths if self.ground_truths else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.detections + self.ground_truths
        return 2 * self.true_positives / total if total else 0.0


def precision_recall(
    samples: Sequence[LabelledSample], label: str, threshold: float
) -> PrecisionRecall:
    """Count the detections of ``label`` from ``threshold`` on, matched at an IoU of 0.5."""
    scores, is_match, ground_truths = _match_all(samples, label, COCO_IOU_THRESHOLDS[:1])
    is_counted = scores >= threshold
    return PrecisionRecall(
        threshold=threshold,
        true_positives=int(is_match[0, is_counted].sum()),
        detections=int(is_counted.sum()),
        ground_truths=ground_truths,
    )


def best_f1_threshold(samples: Sequence[LabelledSample], label: str) -> PrecisionRecall:
    """Return the counts at the score threshold with the highest F1, at an IoU of 0.5."""
    scores, is_match, ground_truths = _match_all(samples, label, COCO_IOU_THRESHOLDS[:1])
    true_positives = is_match[0].cumsum()
    detections = np.arange(1, scores.size + 1)
    # A threshold cannot separate equal scores.
    is_last_of_equal = np.append(scores[1:] != scores[:-1], True)[: scores.size]
    f1 = np.where(is_last_of_equal, 2 * true_positives / (detections + ground_truths), -1.0)
    threshold = float(scores[int(f1.argmax())]) if f1.size else 1.0
    return precision_recall(samples, label, threshold)


def average_precision(samples: Sequence[LabelledSample], label: str) -> NDArray[np.float64]:
    """Return COCO's 101-point average precision of ``label``.

    Returns:
        float64 [10], one for each of ``COCO_IOU_THRESHOLDS``; NaN if no ground truth has the
        label.
    """
    _, is_match, ground_truths = _match_all(samples, label, COCO_IOU_THRESHOLDS)
    if not ground_truths:
        return np.full(COCO_IOU_THRESHOLDS.size, UNDEFINED)
    return np.array([_interpolated_precision(row, ground_truths) for row in is_match])


def _match_all(
    samples: Sequence[LabelledSample], label: str, iou_thresholds: NDArray[np.float64]
) -> tuple[Float32Array, NDArray[np.bool_], int]:
    """Match the detections of all samples with the ground truth.

    Returns:
        Scores, best first [n]; whether each is a match [thresholds, n]; the number of ground
        truths.
    """
    ground_truths = 0
    scores = [np.zeros(0, np.float32)]
    matches = [np.zeros((iou_thresholds.size, 0), np.bool_)]
    for sample in samples:
        detected, truth = _with_label(sample.detections, label), _with_label(sample.truth, label)
        best = np.argsort(-detected.scores, kind="stable")[:MAX_DETECTIONS]
        ious = iou_matrix(xywh_to_xyxy(detected.boxes)[best], xywh_to_xyxy(truth.boxes))
        scores.append(detected.scores[best])
        matches.append(np.array([_match(ious, threshold) for threshold in iou_thresholds]))
        ground_truths += len(truth)
    all_scores = np.concatenate(scores)
    order = np.argsort(-all_scores, kind="stable")
    return all_scores[order], np.concatenate(matches, axis=1)[:, order], ground_truths


def _match(ious: Float32Array, threshold: float) -> NDArray[np.bool_]:
    """Match each detection, best first, with the free ground truth of the highest IoU."""
    is_free = np.ones(ious.shape[1], np.bool_)
    is_match = np.zeros(ious.shape[0], np.bool_)
    for row, iou in enumerate(ious):
        free_iou = np.where(is_free, iou, -1)
        if free_iou.size and free_iou.max() >= threshold:
            is_match[row] = True
            is_free[free_iou.argmax()] = False
    return is_match


def _interpolated_precision(is_match: NDArray[np.bool_], ground_truths: int) -> float:
    true_positives = is_match.cumsum()
    precision = true_positives / np.arange(1, is_match.size + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    index = np.searchsorted(true_positives / ground_truths, RECALL_LEVELS, side="left")
    return float(np.append(envelope, 0.0)[np.minimum(index, is_match.size)].mean())


def _with_label(detections: Detections, label: str) -> Detections:
    return detections.select(np.array([name == label for name in detections.labels], np.bool_))
