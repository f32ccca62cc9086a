"""Truth from several detectors: what most of them find, for as long as an object is there.

One detector is no yardstick: it differs from itself on pictures a tenth of a second apart. So the
boxes of several are fused (Solovyev et al. 2021, "Weighted boxes fusion", arXiv:1910.13302), and
only objects that stay are kept, without their gaps. A detector that is measured against such a
truth may be among those that made it; compare policies, not detectors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import numpy as np

from gridwatch.benchmarks.edge.measured_camera import START_AT
from pipeline.detection import Detections
from pipeline.geometry.boxes import FloatArray, iou_matrix, xywh_to_xyxy
from pipeline.tracking.assignment import assign
from pipeline.tracking.tracker import Tracker, TrackerConfig

MATCH_IOU = 0.5
MIN_SCORE = 0.5
"""Share of its confidence threshold from which a detector has a vote."""
MIN_VOTES = 0.5
"""Share of the detectors whose votes make an object."""
MAX_VOTE = 1.6
"""Votes are scores over the detector's own threshold; none counts for more than this."""
MIN_SHARE_SEEN = 0.5
"""Share of the frames between the first and the last in which a real object is fused."""
MIN_STAY = timedelta(seconds=0.8)
TRUTH = TrackerConfig(confidence_threshold=0.5, min_hits=1)


class TruthScore(msgspec.Struct, frozen=True, kw_only=True):
    """Confident detections against the truth, at an IoU of 0.5."""

    recall: float
    precision: float


@dataclass(frozen=True, slots=True)
class Vote:
    """What one detector finds in a frame, and its confidence threshold."""

    detections: Detections
    threshold: float


def fuse(votes: Sequence[Vote], labels: frozenset[str]) -> FloatArray:
    """Fuse the boxes of several detectors in one frame; labels are ignored.

    Returns:
        float64 [n, 4] left, top, right, bottom of what enough detectors find.
    """
    clusters: list[list[tuple[int, float, FloatArray]]] = []
    ballots = [
        (float(score), number, box)
        for number, vote in enumerate(votes)
        for score, box in _ballots(vote, labels)
    ]
    for score, number, box in sorted(ballots, key=lambda ballot: -ballot[0]):
        free = [c for c in clusters if number not in {member for member, _, _ in c}]
        ious = iou_matrix(box[None], np.array([_mean(c) for c in free], np.float64).reshape(-1, 4))[
            0
        ]
        if free and ious.max() >= MATCH_IOU:
            free[int(ious.argmax())].append((number, score, box))
        else:
            clusters.append([(number, score, box)])
    needed = MIN_VOTES * len(votes)
    kept = [_mean(c) for c in clusters if sum(score for _, score, _ in c) >= needed]
    return np.array(kept).reshape(-1, 4)


def keep_lasting(frames: Sequence[FloatArray], seconds: float) -> list[FloatArray]:
    """Keep the objects that stay, and fill their gaps by linear interpolation.

    Args:
        frames: Fused boxes of each frame.
        seconds: From one frame to the next.
    """
    tracker = Tracker(TRUTH)
    seen: dict[int, dict[int, FloatArray]] = {}
    for number, boxes in enumerate(frames):
        output = tracker.push(START_AT + number * timedelta(seconds=seconds), _as_persons(boxes))
        for row in np.flatnonzero(~output.is_coasting):
            box = xywh_to_xyxy(output.boxes[row : row + 1].astype(np.float32))[0]
            seen.setdefault(int(output.ids[row]), {})[number] = box.astype(np.float64)
    truth: list[list[FloatArray]] = [[] for _ in frames]
    for boxes_by_frame in seen.values():
        first, last = min(boxes_by_frame), max(boxes_by_frame)
        length = last - first + 1
        stays = (last - first) * seconds >= MIN_STAY.total_seconds()
        if not stays or len(boxes_by_frame) < MIN_SHARE_SEEN * length:
            continue
        known = np.array(sorted(boxes_by_frame))
        corners = np.array([boxes_by_frame[number] for number in known])
        for number in range(first, last + 1):
            sides = [np.interp(number, known, side) for side in corners.T]
            truth[number].append(np.array(sides))
    return [np.array(boxes).reshape(-1, 4) for boxes in truth]


def score_against(
    truth: Sequence[FloatArray],
    found: Sequence[Detections],
    *,
    labels: frozenset[str],
    score: float,
) -> TruthScore:
    """Score the detections of ``labels`` from ``score`` on against the truth, frame by frame."""
    matched = objects = detections = 0
    for boxes, frame in zip(truth, found, strict=True):
        confident = _corners(frame, labels, score)
        objects, detections = objects + len(boxes), detections + len(confident)
        matched += len(assign(iou_matrix(boxes, confident), MATCH_IOU)[0])
    recall, precision = matched / max(objects, 1), matched / max(detections, 1)
    return TruthScore(recall=round(recall, 4), precision=round(precision, 4))


def _ballots(vote: Vote, labels: frozenset[str]) -> list[tuple[float, FloatArray]]:
    """Return score and corners of each object of one detector, without its duplicates."""
    least = MIN_SCORE * vote.threshold
    corners = _corners(vote.detections, labels, least)
    scores = _scores(vote.detections, labels, least)
    ballots: list[tuple[float, FloatArray]] = []
    for row in np.argsort(-scores, kind="stable"):
        others = np.array([box for _, box in ballots]).reshape(-1, 4)
        if not (iou_matrix(corners[row][None], others) > MATCH_IOU).any():
            ballots.append((min(float(scores[row]) / vote.threshold, MAX_VOTE), corners[row]))
    return ballots


def _corners(detections: Detections, labels: frozenset[str], score: float) -> FloatArray:
    rows = _rows(detections, labels, score)
    return xywh_to_xyxy(detections.boxes[rows]).astype(np.float64)


def _scores(detections: Detections, labels: frozenset[str], score: float) -> FloatArray:
    return detections.scores[_rows(detections, labels, score)].astype(np.float64)


def _rows(detections: Detections, labels: frozenset[str], score: float) -> list[int]:
    pairs = zip(detections.labels, detections.scores.tolist(), strict=True)
    return [row for row, (label, own) in enumerate(pairs) if label in labels and own >= score]


def _mean(cluster: Sequence[tuple[int, float, FloatArray]]) -> FloatArray:
    """Return the mean box of a cluster, weighted by the votes."""
    weights = np.array([score for _, score, _ in cluster])
    return np.asarray(np.average([box for _, _, box in cluster], axis=0, weights=weights))


def _as_persons(corners: FloatArray) -> Detections:
    boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    count = len(boxes)
    return Detections(boxes.astype(np.float32), np.ones(count, np.float32), ("person",) * count)
