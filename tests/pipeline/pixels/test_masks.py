import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pixels.masks import (
    Plane,
    boxes_to_mask,
    differs,
    mask_minus,
    mask_not,
    masked_mean,
    similar,
)

SHAPE = (9, 16)
PLANES = st.integers(0, 1 << 32).map(
    lambda seed: np.random.default_rng(seed).integers(0, 256, SHAPE, np.uint8)
)
MASKS = PLANES.map(lambda plane: np.where(plane > 128, 255, 0).astype(np.uint8))


@given(plane=PLANES, mask=MASKS)
def test_masked_mean_is_the_mean_under_the_mask(plane: Plane, mask: Plane) -> None:
    assert masked_mean(plane, mask) == pytest.approx(plane[mask > 0].mean())


def test_masked_mean_of_no_pixel_is_zero() -> None:
    assert masked_mean(np.full(SHAPE, 7, np.uint8), np.zeros(SHAPE, np.uint8)) == 0


@given(a=PLANES, b=PLANES, by=st.integers(0, 254))
def test_similar_is_the_opposite_of_differs(a: Plane, b: Plane, by: int) -> None:
    assert (similar(a, b, within=by) == mask_not(differs(a, b, by=by))).all()


@given(a=MASKS, b=MASKS)
def test_mask_minus(a: Plane, b: Plane) -> None:
    assert ((mask_minus(a, b) > 0) == ((a > 0) & (b == 0))).all()


def test_boxes_are_drawn_with_their_buffer_and_end_at_the_edge() -> None:
    boxes = np.array([[0.0, 0.0, 0.25, 0.5], [0.5, 0.5, 0.5, 0.5]], np.float32)
    mask = boxes_to_mask(boxes, (100, 200), buffer=0.1)

    assert (mask[:56, :56] == 255).all()
    assert (mask[45:, 90:] == 255).all()
    assert np.count_nonzero(mask) == 56 * 56 + 55 * 110
