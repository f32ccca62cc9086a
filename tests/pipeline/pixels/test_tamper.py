from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.geometry.shapes import Box, Point
from pipeline.pixels.pixel_events import ViewChange
from pipeline.pixels.tamper import TamperDetector
from scenarios.testing.image_edits import (
    CameraShift,
    Defocus,
    Edit,
    LensCover,
    LightChange,
    PlacedObject,
)
from tests.pipeline.pixels.image_sequences import BEGIN, FREE, greys, seconds


def last(edits: Sequence[Edit], *, lasts: float = 30) -> ViewChange:
    watch = TamperDetector()
    [*_, view] = [watch.push(at, picture) for at, picture in greys(edits, lasts=lasts)]
    assert view is not None
    return view


def test_the_usual_view_is_no_change() -> None:
    view = last([])

    assert (view.lost_share, view.blur) == pytest.approx((0, 0), abs=0.1)


def test_nothing_is_reported_while_the_view_is_learned() -> None:
    watch = TamperDetector()

    assert not any(watch.push(at, picture) for at, picture in greys([], lasts=9))


@pytest.mark.parametrize("share", [0.5, 0.8, 1.0])
def test_a_covered_camera_loses_its_view(share: float) -> None:
    assert last([LensCover(share=share, after=seconds(20))]).lost_share == pytest.approx(
        share, abs=0.15
    )


@pytest.mark.parametrize("by", [Point(0.05, 0.0), Point(-0.03, 0.04)])
def test_a_moved_camera_loses_its_view_and_reports_the_shift(by: Point) -> None:
    view = last([CameraShift(by=by, after=seconds(20))])

    assert view.lost_share > 0.6
    assert view.shift == pytest.approx(by, abs=0.01)


def test_a_lens_out_of_focus_loses_its_sharpness() -> None:
    assert last([Defocus(radius=0.01, after=seconds(20))]).blur > 0.4


@pytest.mark.parametrize("gain", [0.25, 0.5, 1.5, 2.0])
def test_lamps_do_not_change_the_view(gain: float) -> None:
    view = last([LightChange(gain=gain, after=seconds(20))])

    assert max(view.lost_share, view.blur) < 0.3


def test_a_lorry_hiding_a_third_of_the_view_is_not_half_of_it() -> None:
    lorry = PlacedObject(box=Box(0.1, 0.2, 0.5, 0.6), after=seconds(20))

    assert last([lorry]).lost_share < 0.5


def test_a_view_without_any_structure_is_lost() -> None:
    watch = TamperDetector()
    views = [watch.push(BEGIN + seconds(n), np.full_like(FREE, 128)) for n in range(20)]

    assert [view.lost_share for view in views if view] == [1.0] * 10


def test_a_camera_moved_during_a_gap_is_detected() -> None:
    watch = TamperDetector()
    for at, picture in greys([], lasts=20):
        watch.push(at, picture)
    turned = greys([CameraShift(by=Point(0.05, 0.02))], lasts=602, since=600)
    views = [watch.push(at, picture) for at, picture in turned]

    assert all(view and view.lost_share > 0.6 for view in views)


@pytest.mark.slow
def test_a_changed_view_is_the_usual_one_after_half_an_hour() -> None:
    watch = TamperDetector()
    pictures = list(greys([], lasts=20)) + list(greys([LensCover()], lasts=21, since=20))
    for at, picture in pictures:
        watch.push(at, picture)
    dark = pictures[-1][1]
    later = [watch.push(BEGIN + seconds(n), dark) for n in range(21, 40 * 60)]

    assert later[0] is not None
    assert later[0].lost_share > 0.8
    assert None in later
