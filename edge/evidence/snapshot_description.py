"""Describe what a snapshot shows: the zones, and which of its objects the rule counted. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pipeline.alerting.episode import SnapshotCandidate
from pipeline.detection import Detections
from pipeline.geometry.boxes import Float32Array, iou_matrix, xywh_to_xyxy
from pipeline.geometry.shapes import FRAME_CORNERS, Box, Zone, ZoneOrLine
from pipeline.rules.scenario import Scenario
from pipeline.scenario_spec import Per
from pipeline.signal import CountedObject
from pipeline.tracking.assignment import assign
from pipeline.wire import SnapshotContent, SnapshotObject, SnapshotZone
from pipeline.wire.snapshot_content import (
    MAX_OBJECTS,
    MAX_ZONE_POINTS,
    MAX_ZONES,
    make_snapshot_zone,
)

MIN_IOU = 0.3
"""A track's box is smoothed over frames; from this IoU a detection of the frame is that object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotDescriber:
    """Describes the snapshots of one camera.

    Args:
        confidence_threshold: Score from which a detection that was not counted is shown.
    """

    scenarios: Sequence[Scenario] = ()
    confidence_threshold: float = 0.5

    def describe(
        self, candidate: SnapshotCandidate, at: datetime, detections: Detections
    ) -> SnapshotContent:
        """Describe the picture of one frame.

        Args:
            candidate: What the rule counted in this frame.
            at: Capture time of the frame.
            detections: Everything that the model detected in this very frame.
        """
        bound = [each for each in self.scenarios if each.spec.key == candidate.scenario]
        watched = {label for each in bound for label in each.spec.labels}
        shown = detections.select(np.array([label in watched for label in detections.labels], bool))
        counted, matched = _locate(candidate.objects, shown)
        is_other = shown.scores >= self.confidence_threshold
        is_other[matched] = False
        others = shown.select(is_other)
        objects = [*counted, *_others(others)]
        return SnapshotContent(
            taken_at=at,
            message=candidate.message,
            measures={name: round(value, 4) for name, value in sorted(candidate.measures.items())},
            explain=candidate.explain,
            zones=tuple(_describe_zones(bound, candidate.zone))[:MAX_ZONES],
            objects=tuple(objects[:MAX_OBJECTS]),
        )


def _locate(
    objects: Sequence[CountedObject], detections: Detections
) -> tuple[list[SnapshotObject], list[int]]:
    """Find counted objects among the detections of the frame.

    Returns:
        Each object where it is in the frame, and the rows of the detections that were taken.
    """
    ious = _ious(objects, detections)
    rows, columns = assign(ious, MIN_IOU)
    found = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    located = [
        SnapshotObject(
            box=_box(detections.boxes[found[row]]) if row in found else each.box.rounded(),
            role="counted",
            label=each.label,
            is_visible=row in found or not each.label,
        )
        for row, each in enumerate(objects)
    ]
    return located, list(found.values())


def _ious(objects: Sequence[CountedObject], detections: Detections) -> np.ndarray:
    """Return the IoU of each object with each detection; 0 where the labels differ."""
    sides = [(each.box.x, each.box.y, each.box.w, each.box.h) for each in objects]
    boxes: Float32Array = np.array(sides, np.float32).reshape(-1, 4)
    ious = iou_matrix(xywh_to_xyxy(boxes), xywh_to_xyxy(detections.boxes)).astype(np.float64)
    labels = np.array(detections.labels, str)
    for row, each in enumerate(objects):
        ious[row, labels != each.label] = 0.0
    return ious


def _others(detections: Detections) -> list[SnapshotObject]:
    """Return detections that were not counted, the most certain first."""
    order = np.argsort(-detections.scores, kind="stable").tolist()
    return [
        SnapshotObject(box=_box(detections.boxes[row]), role="other", label=detections.labels[row])
        for row in order
    ]


def _box(row: Float32Array) -> Box:
    x, y, w, h = (float(side) for side in row)
    return Box(x, y, w, h).rounded()


def _describe_zones(scenarios: Sequence[Scenario], name: str) -> list[SnapshotZone]:
    """Return the zone of an alert; all of them if the rule counts over all zones.

    The whole frame is not drawn, and a zone with very many corners cannot be sent.
    """
    zones: dict[str, ZoneOrLine] = {}
    for scenario in scenarios:
        if all(zone.name != name for zone in scenario.zones):
            continue
        is_over_all = scenario.spec.per is Per.ALL_ZONES
        zones |= {zone.name: zone for zone in scenario.zones if is_over_all or zone.name == name}
    return [
        make_snapshot_zone(zone.name, zone.points)
        for zone in zones.values()
        if len(zone.points) <= MAX_ZONE_POINTS and not _is_whole_frame(zone)
    ]


def _is_whole_frame(zone: ZoneOrLine) -> bool:
    return isinstance(zone, Zone) and frozenset(zone.points) == FRAME_CORNERS
