"""Which snapshot shows an alert best."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.evidence.snapshot_quality import sharpness, snapshot_quality
from pipeline.frame import Frame, Pixels, Size
from pipeline.geometry.shapes import FULL_FRAME, Box
from tests.edge.evidence.test_evidence_writer import VGA, Noise, make_frame
from tests.messages import NOON

NEAR, FAR = Box(0.4, 0.3, 0.15, 0.5), Box(0.4, 0.3, 0.03, 0.1)


class Blurred(Noise):
    """The same image, out of focus."""

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        return np.asarray(cv2.GaussianBlur(super().rgb(size, region=region), (9, 9), 0), np.uint8)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ([NEAR], [FAR]),
        ([FAR, FAR], [FAR]),
        ([NEAR], [Box(0.0, 0.3, 0.15, 0.5)]),
        ([NEAR], [Box(0.4, 0.5, 0.15, 0.5)]),
        ([FAR], []),
    ],
    ids=["nearer", "more of them", "cut at the left", "cut below", "seen at all"],
)
def test_a_better_view_of_the_subject_has_a_higher_quality(
    better: list[Box], worse: list[Box]
) -> None:
    assert snapshot_quality(better, 0.6) > snapshot_quality(worse, 0.6)
    assert snapshot_quality(better, 0.6) > snapshot_quality(better, 0.5), "a higher score is better"


SIDES = st.floats(0.01, 0.4)
BOXES = st.lists(st.builds(Box, SIDES, SIDES, SIDES, SIDES), max_size=20)


@given(boxes=BOXES, score=st.floats(0, 1))
def test_the_quality_of_one_subject_is_at_most_the_score(boxes: list[Box], score: float) -> None:
    assert 0 <= snapshot_quality(boxes, score) <= len(boxes)
    assert snapshot_quality(boxes, score) == pytest.approx(snapshot_quality(boxes[::-1], score))


def test_a_frame_out_of_focus_is_less_sharp() -> None:
    blurred = Frame(camera="north-gate", at=NOON, picture=Blurred(VGA))

    assert sharpness(blurred) < 0.5 * sharpness(make_frame())
