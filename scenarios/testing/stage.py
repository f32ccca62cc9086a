"""The flat stage of the cases, seen by a camera in front of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np

from pipeline.detection import Detections
from pipeline.frame import Size
from pipeline.geometry.shapes import Point, Zone, ZoneOrLine, make_zone_or_line
from scenarios.errors import CaseError
from scenarios.testing.actors import STAGE_M, Actor, Pose, Position

START = datetime.fromisoformat("2026-01-01T08:00:00+08:00")
"""Capture time of the first frame of every case."""

SIZE = Size(1280, 720)
ASPECT = SIZE.width / SIZE.height
FOCAL_LENGTH = 1.2
"""In heights of the frame."""
CAMERA_HEIGHT_M = 6.0
CAMERA_DISTANCE_M = 16.0
"""From the front edge of the stage; from there all of it is in the frame."""
HORIZON = 0.5
"""Height of the horizon, as a fraction of the frame."""

SIZES_M = {
    "person": (0.5, 1.7),
    "dog": (0.8, 0.6),
    "bicycle": (1.7, 1.1),
    "motorcycle": (1.9, 1.2),
    "car": (4.3, 1.5),
    "van": (5.0, 2.2),
    "bus": (11.0, 3.2),
    "truck": (8.0, 3.2),
}
"""Label → width and height in metres."""
OTHER_SIZE_M = (0.5, 0.5)


def frame_point(position: Position) -> Point:
    """Return the point of the frame at which a position on the ground is seen.

    Raises:
        CaseError: The position is not on the stage.
    """
    x, y = position
    if not (0 <= x <= STAGE_M and 0 <= y <= STAGE_M):
        raise CaseError(f"({x:g}, {y:g}) is not on the stage of {STAGE_M:g} x {STAGE_M:g} m")
    distance_m = y + CAMERA_DISTANCE_M
    across = 0.5 + (x - STAGE_M / 2) * FOCAL_LENGTH / distance_m / ASPECT
    return Point(across, HORIZON + FOCAL_LENGTH * CAMERA_HEIGHT_M / distance_m)


def actor_box(
    label: str, position: Position, pose: Pose | None = None
) -> tuple[float, float, float, float]:
    """Return the bounding box of an actor as left, top, width, height in the frame."""
    pose = pose or Pose(*SIZES_M.get(label, OTHER_SIZE_M))
    foot, distance_m = frame_point(position), position[1] + CAMERA_DISTANCE_M
    w, h, up = (
        metres * FOCAL_LENGTH / distance_m
        for metres in (pose.width_m, pose.height_m, pose.above_ground_m)
    )
    return foot.x - w / ASPECT / 2, foot.y - up - h, w / ASPECT, h


def stage_zone(corners: Sequence[Position]) -> ZoneOrLine:
    """Return the zone of a case: a line for two corners, the whole frame for none."""
    return (
        make_zone_or_line("stage", map(frame_point, corners))
        if corners
        else Zone.full_frame("stage")
    )


def detections_at(actors: Iterable[Actor], after: timedelta, score: float = 0.8) -> Detections:
    """Return what a perfect detector finds ``after`` the start of the case."""
    present = [(actor, at) for actor in actors if (at := actor.position(after)) is not None]
    sides = [actor_box(actor.label, at, actor.pose(after)) for actor, at in present]
    boxes = np.array(sides, np.float32).reshape(-1, 4)
    scores = np.full(len(present), score, np.float32)
    return Detections(boxes, scores, tuple(actor.label for actor, _ in present))
