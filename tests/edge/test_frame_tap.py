"""Who asks gets the next picture, and cannot hurt the camera."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from edge.frame_tap import FrameTap
from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.testing import GreyPicture
from tests.messages import NOON


def a_frame(at: datetime) -> Frame:
    return Frame(camera="north-gate", at=at, picture=GreyPicture(Size(64, 36)))


def nothing(_: Frame) -> Detections:
    return Detections.empty()


def test_each_who_asks_gets_one_picture() -> None:
    window = FrameTap(now=None, monotonic=lambda: 5.0)
    asked = [window.request_next(lambda frame, _: frame.at) for _ in range(3)]
    window.push(a_frame(NOON), nothing)
    window.push(a_frame(NOON + timedelta(seconds=1)), nothing)

    assert [each.result(0) for each in asked] == [NOON] * 3


def test_a_fault_of_who_asks_is_told_to_him_alone() -> None:
    window = FrameTap(now=None, monotonic=lambda: 5.0)
    asked = window.request_next(lambda *_: np.zeros(1)[3])
    window.push(a_frame(NOON), nothing)

    with pytest.raises(IndexError):
        asked.result(0)


def test_who_has_given_up_is_not_served() -> None:
    window = FrameTap(now=None, monotonic=lambda: 5.0)
    served: list[Frame] = []
    window.request_next(lambda frame, _: served.append(frame)).cancel()
    window.push(a_frame(NOON), nothing)

    assert served == []


def test_how_fresh_the_last_picture_is() -> None:
    live = FrameTap(now=lambda: NOON + timedelta(seconds=2), monotonic=lambda: 5.0)
    live.push(a_frame(NOON), nothing)
    played = FrameTap(now=None, monotonic=lambda: 5.0)
    played.push(a_frame(NOON), nothing)

    assert live.last is not None
    assert played.last is not None
    assert (live.last.processed_at_s, live.last.lag_s) == (5.0, 2.0)
    assert played.last.lag_s is None
