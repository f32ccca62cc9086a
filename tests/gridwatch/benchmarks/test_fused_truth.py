"""The truth of several detectors, on drawn boxes."""

import numpy as np
import pytest

from gridwatch.benchmarks.edge.fused_truth import Vote, fuse, keep_lasting, score_against
from pipeline.detection import Detections
from pipeline.geometry.boxes import FloatArray
from tests.pipeline.builders import a_box, some_detections

PERSON = frozenset({"person"})


def votes(*boxes_of_each: list[float], score: float = 0.5) -> list[Vote]:
    """Return the vote of each detector: people at these places."""
    return [
        Vote(
            some_detections(*(a_box(x) for x in places), scores=[score] * len(places))
            if places
            else Detections.empty(),
            0.5,
        )
        for places in boxes_of_each
    ]


def corners_at(x: float) -> FloatArray:
    box = a_box(x)
    return np.array([[box.x, box.y, box.right, box.bottom]])


def test_what_most_detectors_find_is_true_at_the_mean_place() -> None:
    fused = fuse(votes([0.2], [0.21], []), PERSON)

    np.testing.assert_allclose(fused, corners_at(0.205), atol=1e-6)


def test_what_one_of_three_finds_is_not_true() -> None:
    assert len(fuse(votes([0.2], [], []), PERSON)) == 0


def test_two_boxes_of_one_detector_are_not_two_votes() -> None:
    assert len(fuse(votes([0.2, 0.205], [], []), PERSON)) == 0


def test_two_people_side_by_side_are_two() -> None:
    assert len(fuse(votes([0.2, 0.3], [0.2, 0.3]), PERSON)) == 2


def test_a_gap_is_filled_and_a_flash_is_dropped() -> None:
    none = np.zeros((0, 4))
    frames = [corners_at(0.2 + 0.01 * n) if n != 4 else none for n in range(10)]
    frames[7] = np.concatenate([frames[7], corners_at(0.8)])

    truth = keep_lasting(frames, 0.2)

    assert [len(boxes) for boxes in truth] == [1] * 10
    np.testing.assert_allclose(truth[4], corners_at(0.24), atol=1e-3)  # the tracker smooths


def test_recall_and_precision_count_each_object_once() -> None:
    truth = [np.concatenate([corners_at(0.2), corners_at(0.6)])]
    found = [some_detections(a_box(0.2), a_box(0.4), a_box(0.8), scores=[0.9, 0.9, 0.1])]

    score = score_against(truth, found, labels=PERSON, score=0.5)

    assert (score.recall, score.precision) == pytest.approx((0.5, 0.5))
