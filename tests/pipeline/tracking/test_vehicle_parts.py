"""One vehicle gets one box, and two vehicles keep two."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detection import Detections
from pipeline.tracking.vehicle_parts import merge_vehicle_parts

Row = tuple[str, float, tuple[float, float, float, float]]
LORRY: Row = ("truck", 0.45, (0.20, 0.40, 0.07, 0.12))


def detections_of(*rows: Row) -> Detections:
    labels, scores, boxes = zip(*rows, strict=True)
    return Detections(np.array(boxes, np.float32), np.array(scores, np.float32), labels)


def test_the_cab_of_a_lorry_is_part_of_the_lorry_which_takes_its_score() -> None:
    cab: Row = ("car", 0.60, (0.203, 0.46, 0.06, 0.06))

    [label], [score] = (
        (merged := merge_vehicle_parts(detections_of(cab, LORRY))).labels,
        (merged.scores.tolist()),
    )

    assert (label, score) == ("truck", pytest.approx(0.6))
    assert merged.boxes[0].tolist() == pytest.approx(LORRY[2])


def test_cab_and_trailer_are_one_lorry_if_the_lorry_is_as_certain() -> None:
    trailer: Row = ("truck", 0.4, (0.20, 0.40, 0.07, 0.06))
    cab: Row = ("car", 0.4, (0.203, 0.46, 0.06, 0.06))

    assert merge_vehicle_parts(detections_of(cab, LORRY, trailer)).labels == ("truck",)


@pytest.mark.parametrize(
    ("case", "other"),
    [
        ("a car beside it", ("car", 0.5, (0.27, 0.46, 0.05, 0.05))),
        ("a car half hidden by it", ("car", 0.5, (0.24, 0.45, 0.06, 0.06))),
        ("a car in front of it, nearer to the camera", ("car", 0.5, (0.21, 0.48, 0.055, 0.06))),
        ("a car in the corner of the box of a lorry askew", ("car", 0.5, (0.20, 0.48, 0.03, 0.04))),
        ("a cyclist in front of it", ("bicycle", 0.5, (0.2, 0.42, 0.06, 0.09))),
        ("a person in front of it", ("person", 0.5, (0.22, 0.41, 0.03, 0.10))),
    ],
)
def test_two_objects_keep_two_boxes(case: str, other: Row) -> None:
    assert len(merge_vehicle_parts(detections_of(LORRY, other))) == 2, case


def test_a_box_around_two_cars_is_dropped() -> None:
    left: Row = ("car", 0.8, (0.10, 0.5, 0.1, 0.1))
    right: Row = ("car", 0.7, (0.21, 0.5, 0.1, 0.1))
    both: Row = ("truck", 0.5, (0.10, 0.5, 0.21, 0.1))

    merged = merge_vehicle_parts(detections_of(both, left, right))

    assert merged.labels == ("car", "car")
    assert merged.scores.tolist() == pytest.approx([0.8, 0.7])


def test_a_box_around_a_sure_and_a_faint_car_is_dropped_too() -> None:
    sure: Row = ("car", 0.71, (0.10, 0.5, 0.1, 0.1))
    faint: Row = ("truck", 0.4, (0.10, 0.61, 0.1, 0.1))
    both: Row = ("truck", 0.45, (0.10, 0.5, 0.1, 0.21))

    assert len(merge_vehicle_parts(detections_of(both, sure, faint))) == 2


def test_a_faint_box_over_half_the_road_takes_no_car() -> None:
    road: Row = ("car", 0.15, (0.1, 0.4, 0.12, 0.12))

    assert len(merge_vehicle_parts(detections_of(LORRY, road))) == 2


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["car", "truck", "person"]),
            st.floats(0.125, 1, width=32),
            st.tuples(
                *[st.floats(0.0, 0.5, width=32)] * 2, *[st.floats(0.0625, 0.5, width=32)] * 2
            ),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_merging_keeps_people_and_invents_nothing(rows: list[Row]) -> None:
    before = detections_of(*rows)
    after = merge_vehicle_parts(before)

    assert after.labels.count("person") == before.labels.count("person")
    assert {tuple(box) for box in after.boxes} <= {tuple(box) for box in before.boxes}
    assert len(after) >= 1
