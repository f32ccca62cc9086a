"""Precision, recall and average precision, on cases worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.metrics import (
    LabelledSample,
    average_precision,
    best_f1_threshold,
    precision_recall,
)
from pipeline.detection import Detections

Row = tuple[float, float, float, float, float]
HERE, THERE, NOWHERE = (0.1, 0.1, 0.2, 0.4), (0.6, 0.1, 0.2, 0.4), (0.1, 0.7, 0.2, 0.2)
CELLS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=9)


def persons(*rows: tuple[tuple[float, ...], float]) -> Detections:
    boxes = np.array([row[0] for row in rows], np.float32).reshape(-1, 4)
    scores = np.array([row[1] for row in rows], np.float32)
    return Detections(boxes, scores, ("person",) * len(rows))


TWO = persons((HERE, 1), (THERE, 1))


def test_one_match_one_miss_and_one_false_positive_give_one_half() -> None:
    sample = LabelledSample(persons((HERE, 0.9), (NOWHERE, 0.8)), TWO)

    right = precision_recall([sample], "person", 0.5)

    assert (right.precision, right.recall, right.f1) == (0.5, 0.5, 0.5)


def test_two_boxes_on_one_person_are_one_match() -> None:
    right = precision_recall(
        [LabelledSample(persons((HERE, 0.9), (HERE, 0.8)), TWO)], "person", 0.5
    )

    assert (right.true_positives, right.detections, right.ground_truths) == (1, 2, 2)


def test_the_best_threshold_excludes_false_positives() -> None:
    found = persons((HERE, 0.9), (THERE, 0.7), (NOWHERE, 0.6))

    right = best_f1_threshold([LabelledSample(found, TWO)], "person")

    assert [right.threshold, right.f1] == pytest.approx([0.7, 1])


def test_a_false_positive_in_between_lowers_the_precision_after_it() -> None:
    found = persons((HERE, 0.9), (NOWHERE, 0.8), (THERE, 0.7))

    area = average_precision([LabelledSample(found, TWO)], "person")[0]

    # recall up to 0.5 at precision 1 (51 points), from there on at 2/3 (50 points)
    assert area == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_a_loose_box_matches_only_at_low_iou_thresholds() -> None:
    x, y, w, h = HERE
    found = persons(((x, y, w, h * 0.72), 0.9))

    area = average_precision([LabelledSample(found, persons((HERE, 1)))], "person")

    assert area.tolist() == [1] * 5 + [0] * 5  # 0.50 ... 0.70 of 0.72


def test_a_label_without_ground_truth_has_no_average_precision() -> None:
    assert np.isnan(average_precision([LabelledSample(TWO, Detections.empty())], "person")).all()


def test_without_detections_precision_and_recall_are_zero() -> None:
    right = best_f1_threshold([LabelledSample(Detections.empty(), TWO)], "person")

    assert (right.precision, right.recall, right.f1) == (0, 0, 0)


def at_cells(cells: list[tuple[int, int]]) -> Detections:
    return persons(*(((cell / 10, 0.0, 0.08, 0.5), score / 10) for cell, score in cells))


@given(cells=st.sets(st.integers(0, 9), min_size=1))
def test_perfect_detections_have_an_average_precision_of_one(cells: set[int]) -> None:
    there = at_cells([(cell, 5) for cell in cells])

    assert average_precision([LabelledSample(there, there)], "person").tolist() == pytest.approx(
        [1] * 10
    )


@given(found=CELLS, there=st.sets(st.integers(0, 9), min_size=1))
def test_a_further_false_positive_never_raises_average_precision(
    found: list[tuple[int, int]], there: set[int]
) -> None:
    truth = at_cells([(cell, 5) for cell in there])
    worse = LabelledSample(at_cells([*found, (0, 10)]), Detections.empty())
    samples = [LabelledSample(at_cells(found), truth)]

    before = average_precision(samples, "person")
    after = average_precision([*samples, worse], "person")

    assert (after <= before + 1e-12).all()


@given(found=CELLS, there=st.sets(st.integers(0, 9), min_size=1))
def test_no_threshold_has_a_higher_f1_than_the_best_one(
    found: list[tuple[int, int]], there: set[int]
) -> None:
    samples = [LabelledSample(at_cells(found), at_cells([(cell, 5) for cell in there]))]

    best = best_f1_threshold(samples, "person").f1

    assert all(precision_recall(samples, "person", t / 10).f1 <= best + 1e-9 for t in range(11))
