"""The flat stage, as a camera sees it that hangs before its front edge."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np

from pipeline.detection import Detections
from pipeline.frame import Size
from pipeline.geometry.shapes import Point, Zone
from pipeline.geometry.shapes import ZoneOrLine as Watched
from pipeline.geometry.shapes import make_zone_or_line as watched
from scenarios.errors import CaseError
from scenarios.testing.cases import STAGE_M, Actor, Place, Pose

SIZE = Size(1280, 720)
ASPECT = SIZE.width / SIZE.height
FOCAL_LENGTH = 1.2
"""Focal length in heights of the frame."""
CAMERA_HEIGHT_M = 6.0
CAMERA_DISTANCE_M = 16.0
"""How far before the stage the camera hangs: from there all of it is in the frame."""
HORIZON = 0.5

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
"""Width and height of what plays; all else is half a metre each way."""


def frame_point(place: Place) -> Point:
    """Where a place of the ground is in the frame.

    Raises:
        CaseError: It is not on the stage.
    """
    x, y = place
    if not (0 <= x <= STAGE_M and 0 <= y <= STAGE_M):
        raise CaseError(f"({x:g}, {y:g}) is not on the stage of {STAGE_M:g} x {STAGE_M:g} m")
    away = y + CAMERA_DISTANCE_M
    across = 0.5 + (x - STAGE_M / 2) * FOCAL_LENGTH / away / ASPECT
    return Point(across, HORIZON + FOCAL_LENGTH * CAMERA_HEIGHT_M / away)


def actor_box(
    label: str, place: Place, pose: Pose | None = None
) -> tuple[float, float, float, float]:
    """How large something is in the frame: left, top, width, height."""
    pose = pose or Pose(*SIZES_M.get(label, (0.5, 0.5)))
    foot, away = frame_point(place), place[1] + CAMERA_DISTANCE_M
    w, h, up = (
        metres * FOCAL_LENGTH / away
        for metres in (pose.width_m, pose.height_m, pose.above_ground_m)
    )
    return foot.x - w / ASPECT / 2, foot.y - up - h, w / ASPECT, h


def stage_zone(corners: Sequence[Place]) -> Watched:
    """The zone of a case, a line for two corners; the whole frame for one without."""
    return watched("stage", map(frame_point, corners)) if corners else Zone.full_frame("stage")


def detections_at(cast: Iterable[Actor], after: timedelta, score: float = 0.8) -> Detections:
    """What a perfect detector finds."""
    there = [(actor, at) for actor in cast if (at := actor.position(after)) is not None]
    sides = [actor_box(actor.label, at, actor.pose(after)) for actor, at in there]
    boxes = np.array(sides, np.float32).reshape(-1, 4)
    scores = np.full(len(there), score, np.float32)
    return Detections(boxes, scores, tuple(actor.label for actor, _ in there))


START = datetime.fromisoformat("2026-01-01T08:00:00+08:00")
"""When every case begins."""
