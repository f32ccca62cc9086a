"""Estimate how many people a dense crowd has, where they hide each other from the detector.

In a crush few people are detected with confidence; the others leave boxes with low scores. Such
boxes also lie on shelves and rubbish, but there nothing moves. So boxes that hold motion count, one
for each place, in groups whose heads are about a metre apart (docs/scenarios.md has figures).

Heads lie on a plane, so their distances give the density. The scale is the width of the boxes, as
feet and heights are hidden; the camera is assumed to look down at 30 degrees.
"""

import math
from collections import deque
from datetime import datetime, timedelta

import cv2
import numpy as np

from pipeline.detection import Detections
from pipeline.geometry.boxes import Float32Array, FloatArray, iou_matrix, xywh_to_xyxy
from pipeline.geometry.frame_geometry import FrameGeometry
from pipeline.geometry.grouping import connected_groups
from pipeline.geometry.shapes import Box
from pipeline.pixels.masks import Plane
from pipeline.pixels.pixel_events import DenseCrowd

MIN_SCORE = 0.15
"""Of a box that may be a person; below, boxes of the DEIM models say nothing about people."""
MAX_AREA = 0.5
"""Share of the frame: a larger box is no person but all of them."""
MAX_IOU = 0.3
"""Two boxes with more in common are one person; people who hide half of each other have 0.33."""
MOTION_WINDOW = timedelta(seconds=2)
"""People in a crush never stand still for so long."""
MAX_STEP = timedelta(seconds=1.5)
"""Images further apart show no motion but a different scene."""
MIN_CHANGE = 12
"""Grey levels by which a moving pixel differs from the previous image."""
MIN_MOVING_SHARE = 0.1
"""Share of the pixels of a person that have moved during the window."""
PERSON_WIDTH_M = 0.5
"""Of a box around a person: shoulders and arms."""
FORESHORTENING = 0.5
"""Height of a square on the ground over its width in the frame: the sine of 30 degrees."""
SPACING_M = 1.0
"""Heads further apart belong to different groups: bodies do not touch."""
RADIUS_M = 1.5
"""Of the circle in which the density is counted."""
MIN_VISIBLE = 0.5
"""Share of that circle that counts at least as visible: more would be guessed than seen."""
MIN_PEOPLE = 6
"""In the densest circle: fewer are not a crowd, and are tracked one by one."""
MIN_DENSITY_PER_M2 = 1.5
"""From here on people hide each other from a camera at 30 degrees; below, tracks count better."""

_grid = np.mgrid[-1:1:15j, -1:1:15j].reshape(2, -1)
UNIT_DISC = _grid[:, np.hypot(*_grid) <= 1].T
"""[n, 2] points spread evenly over a circle of radius 1."""


class DenseCrowdDetector:
    """Follow where anything moves, and count the boxes of people there."""

    def __init__(self) -> None:
        self._grey: Plane | None = None
        self._last: datetime | None = None
        self._moved: deque[tuple[datetime, Plane]] = deque()

    def push(
        self, at: datetime, grey: Plane, detections: Detections, geometry: FrameGeometry
    ) -> tuple[DenseCrowd, ...]:
        """Process an image.

        Args:
            at: Capture time.
            grey: The frame in grey, smoothed.
            detections: All detections of the frame, including those with low scores.
            geometry: Shape of the frame.

        Returns:
            The dense crowds, largest first.
        """
        self._follow_motion(at, grey)
        people = _separate_people(detections)
        if len(people) < MIN_PEOPLE or not self._moved:
            return ()
        moving = people.select(self._moving_shares(people.boxes) >= MIN_MOVING_SHARE)
        return find_crowds(moving, geometry.aspect)

    def _follow_motion(self, at: datetime, grey: Plane) -> None:
        if self._grey is not None and self._last is not None and at - self._last <= MAX_STEP:
            change = grey.astype(np.int16) - self._grey
            change -= np.int16(np.median(change[::4, ::4]))
            self._moved.append((at, (np.abs(change) > MIN_CHANGE).astype(np.uint8)))
        self._grey, self._last = grey, at
        while self._moved and at - self._moved[0][0] > MOTION_WINDOW:
            self._moved.popleft()

    def _moving_shares(self, boxes: Float32Array) -> FloatArray:
        """Return the share of each box that has moved during the window: [n]."""
        moved = np.maximum.reduce([mask for _, mask in self._moved])
        height, width = moved.shape
        sums = cv2.integral(moved)
        corners = xywh_to_xyxy(boxes) * np.array([width, height] * 2, np.float32)
        left, top = np.floor(corners[:, :2]).astype(np.intp).T
        right, bottom = np.ceil(corners[:, 2:]).astype(np.intp).T
        right, bottom = np.minimum(right, width), np.minimum(bottom, height)
        total = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        return np.asarray(total / np.maximum((right - left) * (bottom - top), 1), np.float64)


def find_crowds(people: Detections, aspect: float) -> tuple[DenseCrowd, ...]:
    """Find the dense groups among boxes of people, one box for each.

    Args:
        people: In any order.
        aspect: Width of the frame over its height.
    """
    if len(people) < MIN_PEOPLE:
        return ()
    boxes = people.boxes.astype(np.float64)
    scales = np.maximum(boxes[:, 2] * aspect, 1e-4) / PERSON_WIDTH_M
    heads = np.stack([(boxes[:, 0] + boxes[:, 2] / 2) * aspect, boxes[:, 1]], axis=1)
    distances = _distances_m(heads, scales)
    densities = _densities(heads, scales, distances, aspect)
    counts = (distances <= RADIUS_M).sum(axis=1)
    is_dense = (counts >= MIN_PEOPLE) & (densities >= MIN_DENSITY_PER_M2)
    crowds = []
    for rows in connected_groups(distances <= SPACING_M):
        if is_dense[rows].any():
            per_m2 = float(densities[rows][is_dense[rows]].max())
            crowds.append((rows, per_m2))
    crowds.sort(key=lambda crowd: -len(crowd[0]))
    return tuple(
        DenseCrowd(
            subject=number,
            box=_box_around(boxes[rows]),
            score=float(people.scores[rows].mean()),
            people=len(rows),
            per_m2=per_m2,
        )
        for number, (rows, per_m2) in enumerate(crowds, start=1)
    )


def _separate_people(detections: Detections) -> Detections:
    """Return the boxes that may be people, the best one of each place."""
    areas = detections.boxes[:, 2] * detections.boxes[:, 3]
    is_person = np.array([label == "person" for label in detections.labels], np.bool_)
    candidates = detections.select(
        is_person & (detections.scores >= MIN_SCORE) & (areas < MAX_AREA)
    )
    candidates = candidates.select(np.argsort(-candidates.scores, kind="stable"))
    corners = xywh_to_xyxy(candidates.boxes)
    overlaps = np.triu(iou_matrix(corners, corners) > MAX_IOU, 1)
    keep = np.ones(len(candidates), np.bool_)
    for row in range(len(candidates)):
        if keep[row]:
            keep &= ~overlaps[row]
    return candidates.select(keep)


def _distances_m(heads: FloatArray, scales: FloatArray) -> FloatArray:
    """Return the distances of heads, by the mean scale of each pair: [n, n]."""
    pairs = (scales[:, None] + scales) / 2
    across, along = (np.subtract.outer(side, side) for side in heads.T)
    return np.asarray(np.hypot(across, along / FORESHORTENING) / pairs)


def _densities(
    heads: FloatArray, scales: FloatArray, distances: FloatArray, aspect: float
) -> FloatArray:
    """Return the other people per square metre around each one: [n].

    Where the edge of the frame cuts the circle, only the visible part counts.
    """
    reach = (RADIUS_M * scales)[:, None, None] * (UNIT_DISC * [1.0, FORESHORTENING])
    points = heads[:, None] + reach
    inside = (points >= 0) & (points <= [aspect, 1.0])
    visible = np.maximum(inside.all(axis=2).mean(axis=1), MIN_VISIBLE)
    others = (distances <= RADIUS_M).sum(axis=1) - 1
    return np.asarray(others / (math.pi * RADIUS_M**2 * visible))


def _box_around(boxes: FloatArray) -> Box:
    left, top = boxes[:, :2].min(axis=0).tolist()
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0).tolist()
    return Box(max(left, 0.0), max(top, 0.0), min(right, 1.0) - left, min(bottom, 1.0) - top)
