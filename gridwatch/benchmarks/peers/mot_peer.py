"""Score trackers with motmetrics; runs only in the peer's environment.

Usage: TRUTH DETECTIONS OURS, files in MOT15 format; prints one JSON document.
"""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Protocol

import motmetrics
import numpy as np
import supervision
from numpy.typing import NDArray
from trackers import ByteTrackTracker, SORTTracker

FPS = 25.0
MATCH_IOU = 0.5
"""Intersection over union from which a track matches an object."""
METRICS = ["mota", "idf1", "num_switches", "num_misses", "num_false_positives"]
Numbers = NDArray[np.float64]
Frames = dict[int, Numbers]


class PeerTracker(Protocol):
    """The interface of the trackers of the package."""

    def update(self, detections: supervision.Detections) -> supervision.Detections:
        """Assign track ids to the detections of a frame; -1 for none."""
        ...


def read(file: str) -> Frames:
    """Return rows of id, left, top, width, height, score by frame number."""
    rows = np.loadtxt(file, delimiter=",", ndmin=2)
    return {int(n): rows[rows[:, 0] == n][:, 1:7] for n in np.unique(rows[:, 0])}


def track(tracker: PeerTracker, detections_by_frame: Frames, last: int) -> Frames:
    """Track the detections; return rows of id and box by frame number."""
    tracked: Frames = {}
    for number in range(1, last + 1):
        rows = detections_by_frame.get(number, np.zeros((0, 6)))
        corners = np.concatenate([rows[:, 1:3], rows[:, 1:3] + rows[:, 3:5]], axis=1)
        detections = supervision.Detections(
            xyxy=corners, confidence=rows[:, 5], class_id=np.zeros(len(rows), int)
        )
        result = tracker.update(detections)
        sure = result.tracker_id >= 0
        boxes = result.xyxy[sure]
        sides = boxes[:, 2:] - boxes[:, :2]
        tracked[number] = np.column_stack([result.tracker_id[sure], boxes[:, :2], sides])
    return tracked


def distances(some: Numbers, others: Numbers) -> Numbers:
    """Return 1 - IoU of every pair of boxes; NaN below ``MATCH_IOU``."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum((some[:, :2] + some[:, 2:])[:, None], (others[:, :2] + others[:, 2:])[None])
    common = np.clip(high - low, 0, None).prod(axis=2)
    areas = some[:, 2:].prod(axis=1)[:, None] + others[:, 2:].prod(axis=1)[None]
    overlap = common / np.maximum(areas - common, 1e-9)
    return np.asarray(np.where(overlap >= MATCH_IOU, 1 - overlap, np.nan))


def score(truth: Frames, tracked: Frames) -> dict[str, float]:
    """Return the metrics of tracks against the ground truth."""
    events = motmetrics.MOTAccumulator(auto_id=True)
    for number in sorted(truth):
        real, result = truth[number], tracked.get(number, np.zeros((0, 5)))
        apart = distances(real[:, 1:5], result[:, 1:5])
        events.update(real[:, 0].astype(int), result[:, 0].astype(int), apart)
    figures = motmetrics.metrics.create().compute(events, metrics=METRICS, name="all")
    return {name: float(figures[name].iloc[0]) for name in METRICS}


def score_all(truth: str, detections: str, ours: str) -> Iterator[tuple[str, dict[str, float]]]:
    """Score our tracker and the peers' on the same detections."""
    real, detections_by_frame = read(truth), read(detections)
    last = max(real)
    theirs: dict[str, Callable[[], PeerTracker]] = {
        "bytetrack": lambda: ByteTrackTracker(frame_rate=FPS),
        "sort": lambda: SORTTracker(frame_rate=FPS),
    }
    yield "ours", score(real, read(ours))
    for name, make in theirs.items():
        yield name, score(real, track(make(), detections_by_frame, last))


if __name__ == "__main__":
    print("\n" + json.dumps(dict(score_all(*sys.argv[1:4]))))
