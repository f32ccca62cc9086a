"""Each head reads recorded or drawn tensors as it always has.

The tensors of ``deim``, ``nanodet`` and ``yolox`` are the answers of the real networks to frame 200
of vtest.avi, thinned; the detections were checked against the picture.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.inference.heads import HEADS, ultralytics
from pipeline.frame import Size

GOLDEN = Path(__file__).parent / "golden"
CLASSES = 80
NAMES = sorted(file.stem for file in GOLDEN.glob("*.npz"))


@pytest.mark.parametrize("name", NAMES)
def test_recorded_outputs_are_decoded_as_before(name: str) -> None:
    wanted = json.loads((GOLDEN / f"{name}.json").read_text())
    with np.load(GOLDEN / f"{name}.npz") as outputs:
        read = HEADS[name.partition("-")[0]]
        found = read(
            dict(outputs),
            canvas=Size(*wanted["canvas"]),
            min_score=wanted["floor"],
            class_count=CLASSES,
        )

    order = np.argsort(-found.scores, kind="stable")
    rows = np.column_stack([found.corners, found.scores, found.classes])[order]
    np.testing.assert_allclose(rows, wanted["found"], atol=2e-4)


@pytest.mark.parametrize("name", NAMES)
def test_without_scores_above_the_minimum_there_are_no_detections(name: str) -> None:
    with np.load(GOLDEN / f"{name}.npz") as outputs:
        read = HEADS[name.partition("-")[0]]
        found = read(dict(outputs), canvas=Size(320, 320), min_score=0.999, class_count=CLASSES)

    assert (found.corners.shape, found.scores.shape, found.classes.shape) == ((0, 4), (0,), (0,))


def test_a_yolox_box_is_an_offset_from_its_cell() -> None:
    rows = np.zeros((1, 3549, 85), np.float32)
    rows[0, 53, :5] = [0.5, 0.5, np.log(4), np.log(2), 0.8]  # column 1, row 1 of 52 x 52
    rows[0, 53, 5 + 2] = 0.5

    found = HEADS["yolox"](
        {"output": rows}, canvas=Size(416, 416), min_score=0.3, class_count=CLASSES
    )

    pixels = found.corners * 416
    np.testing.assert_allclose(pixels, [[12 - 16, 12 - 8, 12 + 16, 12 + 8]], atol=1e-3)
    assert found.scores.tolist() == pytest.approx([0.4])
    assert found.classes.tolist() == [2]


def test_a_nanodet_box_lies_around_its_cell_at_the_mean_of_each_distribution() -> None:
    outputs = {}
    for number, cells in enumerate((2704, 676, 169)):
        outputs[f"cls_{number}"] = np.zeros((1, cells, 80), np.float32)
        outputs[f"dis_{number}"] = np.zeros((1, cells, 44), np.float32)
    outputs["cls_1"][0, 27, 2] = 0.7  # column 1, row 1 of 26 x 26: its centre is at 24, 24 px
    bins = np.full((4, 11), -50.0, np.float32)
    bins[[0, 1, 2], [1, 0, 3]] = bins[3, [1, 2]] = 0.0  # left 1, top 0, right 3, bottom 1.5 strides
    outputs["dis_1"][0, 27] = bins.ravel()

    found = HEADS["nanodet"](outputs, canvas=Size(416, 416), min_score=0.3, class_count=CLASSES)

    np.testing.assert_allclose(found.corners * 416, [[8, 24, 72, 48]], atol=1e-3)
    assert (found.scores.tolist(), found.classes.tolist()) == ([pytest.approx(0.7)], [2])


@given(
    table=arrays(np.float32, (1, 9, 30), elements=st.floats(0, 1, width=32)),
    floor=st.floats(0.05, 0.95),
)
def test_every_decoded_score_reaches_the_minimum(table: np.ndarray, floor: float) -> None:
    found = HEADS["ultralytics"](
        {"output0": table}, canvas=Size(64, 64), min_score=floor, class_count=5
    )

    assert (found.scores >= np.float32(floor)).all()
    assert len(found.scores) == (table[0, 4:].max(axis=0) >= np.float32(floor)).sum()


def test_the_key_points_of_a_pose_model_are_no_classes() -> None:
    table = np.zeros((1, 56, 84), np.float32)  # 4 + 1 class + 17 x 3, the cells of 64 x 64
    table[0, :5, 10] = [32, 32, 16, 32, 0.8]
    table[0, 5:, 10] = 60  # key points in pixels

    found = HEADS["ultralytics"](
        {"output0": table}, canvas=Size(64, 64), min_score=0.3, class_count=1
    )

    np.testing.assert_allclose(found.corners * 64, [[24, 16, 40, 48]], atol=1e-4)
    assert (found.scores.tolist(), found.classes.tolist()) == ([pytest.approx(0.8)], [0])


def test_a_pose_model_with_suppression_inside_has_a_row_for_each_detection() -> None:
    table = np.zeros((1, 300, 57), np.float32)
    table[0, 0, :6] = [24, 16, 40, 48, 0.8, 0]
    table[0, 0, 6:] = 60

    found = HEADS["ultralytics"](
        {"output0": table}, canvas=Size(64, 64), min_score=0.3, class_count=1
    )

    np.testing.assert_allclose(found.corners * 64, [[24, 16, 40, 48]], atol=1e-4)
    assert (found.scores.tolist(), found.classes.tolist()) == ([pytest.approx(0.8)], [0])


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [
        ({}, None),
        ({"task": "detect", "names": "{0: 'a', 1: 'b'}"}, None),
        ({"task": "pose", "names": "{0: 'a'}"}, "has 1 classes, its card has 2 labels"),
        ({"task": "obb", "names": "{0: 'a', 1: 'b'}"}, "is a network for obb"),
        ({"names": "no literal"}, None),
    ],
)
def test_metadata_that_contradict_the_card_are_found(
    metadata: dict[str, str], problem: str | None
) -> None:
    found = ultralytics.find_mismatch(metadata, 2)

    assert found == problem if problem is None else problem in str(found)
