"""When a pixel detector can see: how long it learns, and how much of a zone it knows."""

from collections.abc import Iterable
from datetime import timedelta

import cv2
import numpy as np

from pipeline.geometry.shapes import Zone, ZoneOrLine
from pipeline.pixels import background_model, fires, flames, static_objects, tamper
from pipeline.pixels.masks import Plane
from pipeline.scenario_spec import Capability

MIN_KNOWN_SHARE = 0.8
"""Share of a zone that must be known for its scenarios to be able to see."""
STEP = static_objects.INTERVAL
"""An image stands for the time since the one before."""
LEARNING_TIMES = {
    Capability.STATIC_OBJECTS: background_model.REST + static_objects.SETTLE - 2 * STEP,
    Capability.VIEW_CHANGE: tamper.LEARN_IMAGES * tamper.INTERVAL,
    Capability.FIRES: flames.MIN_IMAGES * fires.FLAME_INTERVAL,
}
"""From the first frame until an event can be reported, in a quiet scene that was not saved."""
KNOWN_SCENE_TIMES = {
    Capability.STATIC_OBJECTS: static_objects.SETTLE - STEP,
    Capability.VIEW_CHANGE: timedelta(),
}
"""The same with a saved scene, where it differs."""
LEARNING = frozenset(LEARNING_TIMES)
"""Capabilities that have to learn the scene."""


def learning_time(capabilities: Iterable[Capability], *, is_scene_known: bool = False) -> timedelta:
    """Return how long nothing can be reported after the first frame, at least.

    Args:
        is_scene_known: Whether the scene was saved by an earlier run.
    """
    known_times = {**LEARNING_TIMES, **KNOWN_SCENE_TIMES}
    times = known_times if is_scene_known else LEARNING_TIMES
    return max((times.get(each, timedelta()) for each in capabilities), default=timedelta())


def known_share_in(zone: ZoneOrLine, known: Plane) -> float:
    """Return the share of the pixels of a zone that a mask covers; 1 for a line."""
    if not isinstance(zone, Zone):
        return 1.0
    inside = np.zeros_like(known)
    size = known.shape[::-1]
    corners = np.rint(np.array(zone.points, np.float64) * size).astype(np.int32)
    cv2.fillPoly(inside, [corners], 255)
    n_known = cv2.countNonZero(np.asarray(cv2.bitwise_and(inside, known)))
    return n_known / max(cv2.countNonZero(inside), 1)
