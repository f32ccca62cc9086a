"""Frame to tensor, and boxes back to the frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue.catalogue import InputSpec
from models.inference.pictures import ArrayPicture
from models.inference.preprocess import fill_tensor, plan_views, to_frame_fractions
from models.inference.raw_detections import RawDetections
from pipeline.frame import Size
from pipeline.geometry.boxes import Float32Array

FITS = ("stretch", "letterbox", "letterbox-centred", "tiles")
SIZES = st.builds(Size, st.integers(40, 2000), st.integers(40, 2000))


def a_spec(fit: str, **more: object) -> InputSpec:
    fields = {"name": "images", "width": 320, "height": 320, "fit": fit, "range": (0.0, 1.0)}
    return InputSpec.model_validate({**fields, **more})


def found_at(corners: Float32Array) -> RawDetections:
    count = len(corners)
    return RawDetections(corners, np.ones(count, np.float32), np.zeros(count, np.intp))


@given(size=SIZES, fit=st.sampled_from(FITS))
def test_the_views_cover_the_whole_frame(size: Size, fit: str) -> None:
    views = plan_views(size, a_spec(fit))

    for axis in range(2):
        parts = sorted(
            (view.region.x, view.region.right) if axis == 0 else (view.region.y, view.region.bottom)
            for view in views
        )
        reached = 0.0
        for low, high in parts:
            assert low <= reached + 1e-9
            reached = max(reached, high)
        assert reached == pytest.approx(1)


@given(size=SIZES, fit=st.sampled_from(FITS[:3]))
def test_a_view_maps_back_to_its_whole_region(size: Size, fit: str) -> None:
    spec = a_spec(fit)
    [view] = plan_views(size, spec)
    low = np.array([view.left, view.top]) / 320
    high = low + np.array(view.scaled_size) / 320
    corners = np.array([[*low, *high]], np.float32)

    np.testing.assert_allclose(
        to_frame_fractions(found_at(corners), view, spec).corners, [[0, 0, 1, 1]], atol=1e-5
    )


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("size", [(640, 360), (360, 640), (400, 400), (1920, 540)])
def test_a_box_on_the_canvas_maps_back_to_its_place_in_the_frame(
    fit: str, size: tuple[int, int]
) -> None:
    width, height = size
    pixels = np.zeros((height, width, 3), np.uint8)
    wanted = np.array([0.45, 0.4, 0.5, 0.48])  # left, top, right, bottom
    left, top, right, bottom = (wanted * np.tile(size, 2)).round().astype(int)
    pixels[top:bottom, left:right] = 255
    spec = a_spec(fit)

    views = []
    for view in plan_views(Size(width, height), spec):
        tensor = np.zeros((1, 3, 320, 320), np.float32)
        fill_tensor(tensor, ArrayPicture(pixels), view, spec)
        rows, columns = np.nonzero(tensor[0, 0] > 0.7)
        if rows.size:
            edges = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            corners = np.array([edges], np.float32) / np.float32(320)
            views += list(to_frame_fractions(found_at(corners), view, spec).corners)

    assert views
    for corners in views:
        np.testing.assert_allclose(corners, wanted, atol=0.01)


def test_channels_and_range_follow_the_card() -> None:
    pixels = np.zeros((320, 320, 3), np.uint8)
    pixels[..., 0] = 255
    tensor = np.zeros((1, 3, 320, 320), np.float32)
    spec = a_spec("stretch", channels="bgr", range=(-1.0, 1.0))

    fill_tensor(tensor, ArrayPicture(pixels), plan_views(Size(320, 320), spec)[0], spec)

    assert tensor[0, :, 7, 7].round(4).tolist() == [-1, -1, 1]


def test_each_channel_may_have_its_own_range() -> None:
    pixels = np.full((160, 320, 3), 255, np.uint8)
    tensor = np.zeros((1, 3, 320, 320), np.float32)
    spec = a_spec("letterbox", range=((-1.0, 1.0), (0.0, 255.0), (-2.0, 0.0)))

    fill_tensor(tensor, ArrayPicture(pixels), plan_views(Size(320, 160), spec)[0], spec)

    assert tensor[0, :, 7, 7].round(4).tolist() == [1, 255, 0]
    grey = 114 / 255
    np.testing.assert_allclose(tensor[0, :, 300, 7], [2 * grey - 1, 114, 2 * grey - 2], atol=1e-4)


def test_the_padding_of_a_letterboxed_frame_is_grey() -> None:
    spec = a_spec("letterbox", range=(0.0, 255.0))
    tensor = np.zeros((1, 3, 320, 320), np.float32)

    fill_tensor(
        tensor,
        ArrayPicture(np.zeros((160, 320, 3), np.uint8)),
        plan_views(Size(320, 160), spec)[0],
        spec,
    )

    assert (tensor[0, 0, 0, 0], tensor[0, 0, 319, 0]) == (0, 114)


def test_a_wide_frame_is_two_overlapping_tiles() -> None:
    left, right = plan_views(Size(1280, 720), a_spec("tiles"))

    assert [left.region.x, right.region.right] == pytest.approx([0, 1])
    assert left.region.w * 1280 == pytest.approx(720)
    assert left.overlap == pytest.approx(2 - 1280 / 720)


def test_a_box_cut_by_a_seam_is_left_to_the_next_tile() -> None:
    spec = a_spec("tiles")
    left, right = plan_views(Size(768, 576), spec)
    cut = np.array([[0.9, 0.2, 1.0, 0.6]], np.float32)

    assert len(to_frame_fractions(found_at(cut), left, spec).scores) == 0
    assert (
        len(to_frame_fractions(found_at(cut), right, spec).scores) == 1
    )  # there it is the frame's edge


def test_a_box_larger_than_the_overlap_is_kept() -> None:
    spec = a_spec("tiles")
    left, _ = plan_views(Size(1280, 720), spec)
    large = np.array([[0.2, 0.1, 1.0, 0.9]], np.float32)

    assert len(to_frame_fractions(found_at(large), left, spec).scores) == 1
