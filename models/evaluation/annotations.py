"""Read ground truth: MOT Challenge files for videos, YOLO label files for photos."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.errors import LabelFileError
from pipeline.detection import Detections
from pipeline.frame import Size

MOT16_COLUMNS = 9
"""Frame, id, box, confidence, class, visibility; files before MOT16 have ten columns."""


def read_mot(file: Path, size: Size) -> dict[int, Detections]:
    """Read the persons of a MOT Challenge file: frame, id, left, top, width, height, ... a line.

    Lines with a confidence of 0 are left out, as MOT Challenge asks, and so are those of MOT16
    and later (nine columns) whose class is not 1, a pedestrian.

    Args:
        file: The ground truth.
        size: Size of the video's frames in pixels.

    Returns:
        Persons by frame number, from 1.

    Raises:
        LabelFileError: The file cannot be read, or a line has fewer than six numbers.
    """
    boxes_by_frame: dict[int, list[tuple[float, ...]]] = defaultdict(list)
    for values in _read_numbers(file, separator=",", at_least=6):
        if values[6:7] == (0.0,) or (len(values) == MOT16_COLUMNS and values[7] != 1):
            continue
        left, top, width, height = values[2:6]
        box = (left / size.width, top / size.height, width / size.width, height / size.height)
        boxes_by_frame[int(values[0])].append(box)
    return {
        frame: _to_detections(boxes, ["person"] * len(boxes))
        for frame, boxes in boxes_by_frame.items()
    }


def read_yolo(file: Path, class_labels: Sequence[str]) -> Detections:
    """Read the YOLO label file of a photo: class, centre x, centre y, width, height a line.

    Args:
        file: The ground truth; a missing file means that the photo shows no object.
        class_labels: Label of each class.

    Raises:
        LabelFileError: A line has fewer than five numbers, or its class has no label.
    """
    if not file.exists():
        return Detections.empty()
    boxes, labels = [], []
    for number, x, y, w, h in (row[:5] for row in _read_numbers(file, separator=None, at_least=5)):
        if not 0 <= number < len(class_labels):
            reason = f"class {number:g} is none of the {len(class_labels)} known"
            raise LabelFileError(file, reason)
        boxes.append((x - w / 2, y - h / 2, w, h))
        labels.append(class_labels[int(number)])
    return _to_detections(boxes, labels)


def _read_numbers(file: Path, *, separator: str | None, at_least: int) -> list[tuple[float, ...]]:
    try:
        lines = file.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LabelFileError(file, f"cannot be read: {error}") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            row = tuple(float(word) for word in line.split(separator))
        except ValueError:
            row = ()
        if len(row) < at_least:
            raise LabelFileError(file, f"line {number} is not {at_least} numbers: {line[:60]!r}")
        rows.append(row)
    return rows


def _to_detections(boxes: Sequence[tuple[float, ...]], labels: Sequence[str]) -> Detections:
    """Clip boxes to the frame: a person who walks in counts from the edge on."""
    xywh = np.array(boxes, np.float32).reshape(-1, 4)
    low = np.clip(xywh[:, :2], 0, 1)
    high = np.clip(xywh[:, :2] + xywh[:, 2:], 0, 1)
    clipped = np.concatenate([low, high - low], axis=1)
    return Detections(clipped, np.ones(len(labels), np.float32), tuple(labels))
