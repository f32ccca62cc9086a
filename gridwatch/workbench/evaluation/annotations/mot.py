"""Derive from labelled people (MOT Challenge) when a zone holds at least so many."""

from pathlib import Path

import numpy as np

from gridwatch.errors import AnnotationError
from gridwatch.workbench.evaluation.annotations.annotation import Annotation
from models.errors import LabelFileError
from models.evaluation.annotations import read_mot
from pipeline.detection import Detections
from pipeline.frame import Size
from pipeline.geometry.shapes import Zone, ZoneOrLine

Frames = tuple[int, int]
"""First and last frame, counted from 0."""


def read_crowded_frames(file: Path, annotation: Annotation, zone: ZoneOrLine) -> list[Frames]:
    """Return the labelled frames in which at least ``people`` stand in the zone.

    A frame without a label has nobody; ``join_s`` closes the gaps of sparse labels. A person
    stands where the middle of the lower edge of the box is.

    Raises:
        AnnotationError: The file cannot be read, or the zone is a line.
    """
    if not isinstance(zone, Zone):
        raise AnnotationError(file, "", "people are counted in an area; the zone is a line")
    width, height = annotation.frame_size or (1, 1)
    try:
        people = read_mot(file, Size(width, height))
    except LabelFileError as error:
        raise AnnotationError(file, "", error.reason) from None
    return [
        (frame - 1, frame)
        for frame, boxes in sorted(people.items())
        if _count_in(boxes, zone) >= annotation.people
    ]


def _count_in(people: Detections, zone: Zone) -> int:
    feet = people.boxes[:, :2] + people.boxes[:, 2:] * np.array([0.5, 1.0])
    return int(zone.contains(feet.astype(np.float64)).sum())
