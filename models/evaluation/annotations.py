"""True boxes from files: MOT challenge for videos, YOLO label lines for photographs."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.errors import LabelFileError
from pipeline.detection import Detections
from pipeline.frame import Size


def read_mot(file: Path, size: Size) -> dict[int, Detections]:
    """Read persons by frame number, from 1: frame, id, left, top, width, height ... a line.

    Raises:
        LabelFileError: It cannot be read, or a line is not six numbers or more.
    """
    by_frame: dict[int, list[tuple[float, ...]]] = defaultdict(list)
    for values in _numbers(file, separator=",", at_least=6):
        left, top, width, height = values[2:6]
        box = (left / size.width, top / size.height, width / size.width, height / size.height)
        by_frame[int(values[0])].append(box)
    return {frame: _detections(boxes, ["person"] * len(boxes)) for frame, boxes in by_frame.items()}


def read_yolo(file: Path, class_labels: Sequence[str]) -> Detections:
    """Read the label lines of one photograph: class, centre x, centre y, width, height.

    Args:
        file: Where there is none, nothing is there to be found.
        class_labels: What each class is called.

    Raises:
        LabelFileError: A line is not five numbers, or its class has no word.
    """
    if not file.exists():
        return Detections.empty()
    boxes, labels = [], []
    for number, x, y, w, h in (row[:5] for row in _numbers(file, separator=None, at_least=5)):
        if not 0 <= number < len(class_labels):
            raise LabelFileError(file, f"class {number:g} is none of the {len(class_labels)} known")
        boxes.append((x - w / 2, y - h / 2, w, h))
        labels.append(class_labels[int(number)])
    return _detections(boxes, labels)


def _numbers(file: Path, *, separator: str | None, at_least: int) -> list[tuple[float, ...]]:
    try:
        lines = file.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LabelFileError(file, f"cannot be read: {error}") from error
    rows = []
    for place, line in enumerate(lines, start=1):
        try:
            row = tuple(float(word) for word in line.split(separator))
        except ValueError:
            row = ()
        if len(row) < at_least:
            raise LabelFileError(file, f"line {place} is not {at_least} numbers: {line[:60]!r}")
        rows.append(row)
    return rows


def _detections(boxes: Sequence[tuple[float, ...]], labels: Sequence[str]) -> Detections:
    """Keep the boxes inside the frame: whoever walks in is true from the edge on."""
    at = np.array(boxes, np.float32).reshape(-1, 4)
    low = np.clip(at[:, :2], 0, 1)
    high = np.clip(at[:, :2] + at[:, 2:], 0, 1)
    clipped = np.concatenate([low, high - low], axis=1)
    return Detections(clipped, np.ones(len(labels), np.float32), tuple(labels))
