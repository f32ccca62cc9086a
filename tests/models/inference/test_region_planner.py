"""Regions cover all required areas, are disjoint, and cut no known box."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.inference.region_planner import MARGIN_PX, STRIDE_PX, Region, is_cut_off, plan_regions
from pipeline.frame import Size
from pipeline.geometry.boxes import Float32Array

CANVAS = Size(416, 320)
COORDINATES = st.floats(0, 1, width=32)


@st.composite
def boxes(draw: st.DrawFn, most: int = 6) -> Float32Array:
    rows = []
    for _ in range(draw(st.integers(0, most))):
        x, y = draw(st.integers(0, 400)), draw(st.integers(0, 300))
        rows.append((x, y, x + draw(st.integers(1, 90)), y + draw(st.integers(1, 90))))
    corners = np.array(rows, np.float32).reshape(-1, 4)
    return np.minimum(corners, np.tile(np.array(CANVAS, np.float32), 2))


def edges_of(patch: Region) -> tuple[int, int, int, int]:
    return patch.left, patch.top, patch.left + patch.width, patch.top + patch.height


def shown(patches: tuple[Region, ...]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """How many patches show each pixel."""
    coverage = np.zeros((CANVAS.height, CANVAS.width), np.int64)
    for patch in patches:
        left, top, right, bottom = edges_of(patch)
        coverage[top:bottom, left:right] += 1
    return coverage


@given(wanted=boxes(), known=boxes())
def test_every_required_pixel_is_covered_once_with_its_margin(
    wanted: Float32Array, known: Float32Array
) -> None:
    patches = plan_regions(wanted, known, CANVAS)
    coverage = shown(patches)

    assert coverage.max() <= 1
    for left, top, right, bottom in wanted.astype(int) if patches else ():
        around = np.s_[max(top - int(MARGIN_PX), 0) : bottom + 16, max(left - 16, 0) : right + 16]
        assert coverage[around].all()


@given(wanted=boxes(), known=boxes())
def test_a_known_box_is_covered_whole_or_not_at_all(
    wanted: Float32Array, known: Float32Array
) -> None:
    coverage = shown(plan_regions(wanted, known, CANVAS))

    for left, top, right, bottom in known.astype(int):
        assert len(set(coverage[top:bottom, left:right].ravel().tolist())) <= 1


@given(wanted=boxes())
def test_a_region_is_aligned_to_the_stride_and_inside_the_canvas(wanted: Float32Array) -> None:
    for patch in plan_regions(wanted, wanted[:0], CANVAS):
        assert all(side % STRIDE_PX == 0 for side in patch)
        assert edges_of(patch)[2] <= CANVAS.width
        assert edges_of(patch)[3] <= CANVAS.height


@given(wanted=boxes(), known=boxes(), seed=st.integers(0, 9))
def test_the_order_of_the_boxes_does_not_matter(
    wanted: Float32Array, known: Float32Array, seed: int
) -> None:
    chance = np.random.default_rng(seed)

    shuffled = plan_regions(chance.permutation(wanted), chance.permutation(known), CANVAS)
    assert sorted(plan_regions(wanted, known, CANVAS)) == sorted(shuffled)


def test_motion_everywhere_needs_the_full_frame() -> None:
    everywhere = np.array([[0, 0, 416, 320]], np.float32)

    assert plan_regions(everywhere, everywhere[:0], CANVAS) == ()


def test_distant_boxes_give_two_regions_and_close_ones_give_one() -> None:
    near = np.array([[40, 40, 60, 60], [90, 40, 110, 60]], np.float32)
    far = np.array([[40, 40, 60, 60], [340, 240, 360, 260]], np.float32)

    assert [len(plan_regions(each, each[:0], CANVAS)) for each in (near, far)] == [1, 2]


def test_a_box_is_cut_at_an_inner_edge_but_not_at_the_edge_of_the_picture() -> None:
    picture, corner = Region(0, 0, 416, 300), Region(0, 0, 128, 320)
    corners = np.array([[0, 0, 50, 50], [90, 50, 127.5, 90], [20, 250, 60, 300]], np.float32)

    assert is_cut_off(corners, corner, picture).tolist() == [False, True, False]
