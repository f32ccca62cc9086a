"""Runs in the peer's own environment, never in ours: scores trackers with motmetrics.

Usage: TRUTH DETECTIONS OURS, files in the MOT15 form; prints one JSON document.
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
SAME = 0.5
"""Overlap (IoU) from which on a track is on its object."""
METRICS = ["mota", "idf1", "num_switches", "num_misses", "num_false_positives"]
Numbers = NDArray[np.float64]
Frames = dict[int, Numbers]


class Follower(Protocol):
    """What all trackers of the package have in common."""

    def update(self, detections: supervision.Detections) -> supervision.Detections:
        """Number the detections of a frame; -1 is none."""
        ...


def read(file: str) -> Frames:
    """Frame number to rows of id, left, top, width, height, score."""
    rows = np.loadtxt(file, delimiter=",", ndmin=2)
    return {int(n): rows[rows[:, 0] == n][:, 1:7] for n in np.unique(rows[:, 0])}


def follow(tracker: Follower, found: Frames, last: int) -> Frames:
    """Let a tracker number the detections."""
    told: Frames = {}
    for number in range(1, last + 1):
        rows = found.get(number, np.zeros((0, 6)))
        corners = np.concatenate([rows[:, 1:3], rows[:, 1:3] + rows[:, 3:5]], axis=1)
        given = supervision.Detections(
            xyxy=corners, confidence=rows[:, 5], class_id=np.zeros(len(rows), int)
        )
        seen = tracker.update(given)
        sure = seen.tracker_id >= 0
        boxes = seen.xyxy[sure]
        sides = boxes[:, 2:] - boxes[:, :2]
        told[number] = np.column_stack([seen.tracker_id[sure], boxes[:, :2], sides])
    return told


def distances(some: Numbers, others: Numbers) -> Numbers:
    """One less the overlap of each with each; not a number where it is too small."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum((some[:, :2] + some[:, 2:])[:, None], (others[:, :2] + others[:, 2:])[None])
    common = np.clip(high - low, 0, None).prod(axis=2)
    areas = some[:, 2:].prod(axis=1)[:, None] + others[:, 2:].prod(axis=1)[None]
    overlap = common / np.maximum(areas - common, 1e-9)
    return np.asarray(np.where(overlap >= SAME, 1 - overlap, np.nan))


def score(truth: Frames, told: Frames) -> dict[str, float]:
    """Compare tracks with the truth."""
    events = motmetrics.MOTAccumulator(auto_id=True)
    for number in sorted(truth):
        real, seen = truth[number], told.get(number, np.zeros((0, 5)))
        apart = distances(real[:, 1:5], seen[:, 1:5])
        events.update(real[:, 0].astype(int), seen[:, 0].astype(int), apart)
    figures = motmetrics.metrics.create().compute(events, metrics=METRICS, name="all")
    return {name: float(figures[name].iloc[0]) for name in METRICS}


def everybody(truth: str, detections: str, ours: str) -> Iterator[tuple[str, dict[str, float]]]:
    """Score ours and theirs on the same detections."""
    real, found = read(truth), read(detections)
    last = max(real)
    theirs: dict[str, Callable[[], Follower]] = {
        "bytetrack": lambda: ByteTrackTracker(frame_rate=FPS),
        "sort": lambda: SORTTracker(frame_rate=FPS),
    }
    yield "ours", score(real, read(ours))
    for name, make in theirs.items():
        yield name, score(real, follow(make(), found, last))


if __name__ == "__main__":
    print("\n" + json.dumps(dict(everybody(*sys.argv[1:4]))))
