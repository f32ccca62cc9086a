"""The faults of real detectors and trackers, reproducible from a seeded generator."""

from datetime import datetime

import numpy as np

from pipeline.detection import Detections
from pipeline.tracking.tracker import Tracker
from pipeline.tracking.tracker_output import TrackerOutput

MISS_RATE = 0.10
"""Share of all detections that are missed."""
ID_SWITCH_RATE = 0.01
"""Share of all observations of a track that get a new id."""
BOX_JITTER = 0.02
"""Standard deviation of the edges of a box, in parts of its size."""
MAX_SCORE_LOSS = 0.25


def add_detector_noise(detections: Detections, generator: np.random.Generator) -> Detections:
    """Return the detections with some missing, and the others moved and less certain."""
    sizes = detections.boxes[:, [2, 3, 2, 3]]
    moved = detections.boxes + generator.normal(0, BOX_JITTER, detections.boxes.shape) * sizes
    scores = detections.scores - generator.uniform(0, MAX_SCORE_LOSS, len(detections))
    kept = generator.random(len(detections)) >= MISS_RATE
    left, top = np.clip(moved[:, :2].T, 0, 1)
    right, bottom = np.clip((moved[:, :2] + moved[:, 2:]).T, 0, 1)
    boxes = np.stack([left, top, right - left, bottom - top], axis=1)
    clipped = Detections(boxes.astype(np.float32), scores.astype(np.float32), detections.labels)
    return clipped.select(kept)


class SwitchingTracker(Tracker):
    """A tracker that sometimes gives an object a new id."""

    def __init__(self, generator: np.random.Generator) -> None:
        super().__init__()
        self._generator = generator
        self._switched: dict[int, int] = {}
        self._next_id = 1

    def push(self, at: datetime, detections: Detections) -> TrackerOutput:
        """Track objects, and switch some of their ids."""
        output = super().push(at, detections)
        return output.with_ids(self._switch(number) for number in output.ids.tolist())

    def _switch(self, number: int) -> int:
        if number not in self._switched or self._generator.random() < ID_SWITCH_RATE:
            self._switched[number] = self._next_id
            self._next_id += 1
        return self._switched[number]
