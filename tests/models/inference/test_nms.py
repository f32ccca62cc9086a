"""Of several boxes around the same object the best is kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.inference.nms import group_classes, non_max_suppression
from models.inference.raw_detections import RawDetections
from pipeline.geometry.boxes import iou_matrix

LABELS = ("person", "car", "truck", "")
KINDS = group_classes(LABELS, [["car", "truck"]])
PLACES = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4))
MANY = st.lists(st.tuples(PLACES, st.integers(1, 10), st.integers(0, 3)), max_size=20)


def raw_detections(rows: list[tuple[tuple[int, int, int, int], int, int]]) -> RawDetections:
    places = np.array([row[0] for row in rows], np.float32).reshape(-1, 4) / np.float32(10)
    corners = np.concatenate([places[:, :2], places[:, :2] + places[:, 2:]], axis=1)
    scores = np.array([row[1] / 10 for row in rows], np.float32)
    return RawDetections(corners, scores, np.array([row[2] for row in rows], np.intp))


def test_of_a_car_and_a_truck_in_one_place_the_better_is_kept() -> None:
    detections = raw_detections([((0, 0, 4, 4), 6, 1), ((0, 0, 4, 4), 7, 2), ((0, 0, 4, 4), 5, 0)])

    left = non_max_suppression(detections, iou_threshold=0.5, class_groups=KINDS)

    assert left.classes.tolist() == [2, 0]


def test_classes_with_one_label_are_one_group() -> None:
    kinds = group_classes(["cup", "bottle", "cup"], [])

    assert kinds[0] == kinds[2] != kinds[1]


def test_a_suppressed_box_suppresses_no_other() -> None:
    row = raw_detections([((0, 0, 4, 4), 9, 0), ((1, 0, 4, 4), 8, 0), ((2, 0, 4, 4), 7, 0)])

    left = non_max_suppression(row, iou_threshold=0.5, class_groups=KINDS)

    assert left.scores.tolist() == pytest.approx([0.9, 0.7])


@given(rows=MANY)
def test_the_remaining_boxes_overlap_no_more_than_the_threshold(
    rows: list[tuple[tuple[int, int, int, int], int, int]],
) -> None:
    left = non_max_suppression(raw_detections(rows), iou_threshold=0.5, class_groups=KINDS)

    kinds = KINDS[left.classes]
    too_near = (iou_matrix(left.corners, left.corners) > 0.5) & (kinds[:, None] == kinds)
    assert not np.triu(too_near, 1).any()
    assert (np.diff(left.scores) <= 0).all()


@given(rows=MANY)
def test_each_suppressed_box_overlaps_a_better_one(
    rows: list[tuple[tuple[int, int, int, int], int, int]],
) -> None:
    before = raw_detections(rows)
    left = non_max_suppression(before, iou_threshold=0.5, class_groups=KINDS)

    near = iou_matrix(before.corners, left.corners) > 0.5
    better = left.scores >= before.scores[:, None]
    alike = KINDS[before.classes][:, None] == KINDS[left.classes]
    kept = (before.corners[:, None] == left.corners).all(axis=2)
    assert ((near & better & alike) | kept).any(axis=1).all()
