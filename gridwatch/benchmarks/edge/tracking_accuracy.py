"""Measure tracking accuracy: MOTA, IDF1 and ID switches, beside ByteTrack and SORT."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from gridwatch.benchmarks.edge.measured_camera import START_AT
from gridwatch.benchmarks.peers.peer import Peer
from pipeline.detection import Detections
from pipeline.tracking.tracker import Tracker, TrackerConfig

FPS = 25
SEQUENCES = ("TUD-Campus", "TUD-Stadtmitte")
SIZE = np.array([640, 480, 640, 480])
"""Frame size of both sequences in pixels, twice."""
CONFIG_AT_25_FPS = TrackerConfig(confidence_threshold=0.7, max_coast=timedelta(0), buffer=0.0)
"""At 25 fps boxes overlap between frames, and predicted boxes would count as errors."""
Scores = dict[str, dict[str, float]]


def measure_tracking(folder: Path) -> dict[str, Scores]:
    """Score our tracker and the peers' on the same detections.

    Args:
        folder: Contains ``<sequence>.gt.txt`` and ``<sequence>.det.txt`` in MOT15 format.

    Raises:
        PeerError: ``make peer`` has not been run.
    """
    with TemporaryDirectory(prefix="gridwatch-bench-") as name:
        peer = Peer(Path(name))
        scores_by_sequence: dict[str, Scores] = {}
        for sequence in SEQUENCES:
            detections_file = folder / f"{sequence}.det.txt"
            ours = Path(name) / f"{sequence}.txt"
            ours.write_text("".join(track_detections(detections_file)), "ascii")
            scores_by_sequence[sequence] = peer.score_trackers(
                folder / f"{sequence}.gt.txt", detections_file, ours
            )
        return scores_by_sequence


def track_detections(detections: Path, config: TrackerConfig = CONFIG_AT_25_FPS) -> list[str]:
    """Track the detections with our tracker; return rows in MOT15 format."""
    rows = np.loadtxt(detections, delimiter=",", ndmin=2)
    tracker = Tracker(config)
    lines = []
    for number in range(1, int(rows[:, 0].max()) + 1):
        now = rows[rows[:, 0] == number]
        boxes = clip_boxes(now[:, 2:6] / SIZE)
        detected = Detections(
            boxes.astype(np.float32),
            now[:, 6].clip(0, 1).astype(np.float32),
            ("person",) * len(now),
        )
        output = tracker.push(START_AT + timedelta(seconds=number / FPS), detected)
        for track_id, box in zip(output.ids.tolist(), output.boxes * SIZE, strict=True):
            lines.append(f"{number},{track_id},{','.join(f'{v:.3f}' for v in box)},1,-1,-1,-1\n")
    return lines


def clip_boxes(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Clip boxes to the frame."""
    low = boxes[:, :2].clip(0, 1)
    high = (boxes[:, :2] + boxes[:, 2:]).clip(0, 1)
    return np.concatenate([low, high - low], axis=1)
