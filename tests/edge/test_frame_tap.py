"""Other threads get the next frame of a camera and cannot disturb it."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from edge.frame_tap import FrameTap
from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.testing import GreyPicture
from tests.messages import NOON


def make_frame(at: datetime) -> Frame:
    return Frame(camera="north-gate", at=at, picture=GreyPicture(Size(64, 36)))


def detect_nothing(_: Frame) -> Detections:
    return Detections.empty()


def test_every_request_gets_one_frame() -> None:
    frame_tap = FrameTap(now=None, monotonic=lambda: 5.0)
    requests = [frame_tap.request_next(lambda frame, _: frame.at) for _ in range(3)]
    frame_tap.push(make_frame(NOON), detect_nothing)
    frame_tap.push(make_frame(NOON + timedelta(seconds=1)), detect_nothing)

    assert [request.result(0) for request in requests] == [NOON] * 3


def test_an_error_of_a_request_is_raised_only_where_it_was_made() -> None:
    frame_tap = FrameTap(now=None, monotonic=lambda: 5.0)
    requests = frame_tap.request_next(lambda *_: np.zeros(1)[3])
    frame_tap.push(make_frame(NOON), detect_nothing)

    with pytest.raises(IndexError):
        requests.result(0)


def test_a_cancelled_request_gets_no_frame() -> None:
    frame_tap = FrameTap(now=None, monotonic=lambda: 5.0)
    served: list[Frame] = []
    frame_tap.request_next(lambda frame, _: served.append(frame)).cancel()
    frame_tap.push(make_frame(NOON), detect_nothing)

    assert served == []


def test_the_last_frame_has_an_age_for_live_cameras_only() -> None:
    live = FrameTap(now=lambda: NOON + timedelta(seconds=2), monotonic=lambda: 5.0)
    live.push(make_frame(NOON), detect_nothing)
    recording = FrameTap(now=None, monotonic=lambda: 5.0)
    recording.push(make_frame(NOON), detect_nothing)

    assert live.last is not None
    assert recording.last is not None
    assert (live.last.processed_at_s, live.last.lag_s) == (5.0, 2.0)
    assert recording.last.lag_s is None
