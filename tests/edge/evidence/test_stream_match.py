"""Streams of one view are distinguished from streams of two views."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from numpy.typing import NDArray

from edge.evidence.head_mask import HeadMask, HeadObservation
from edge.evidence.stream_match import have_same_view, is_complete
from edge.sources.packets import EncodedPacket
from pipeline.frame import Size
from tests.edge.evidence.test_clip_writer import read_packets
from tests.edge.evidence.test_packet_ring import make_packet
from tests.edge.nodes import footage_path
from tests.messages import NOON

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
LARGE, SMALL = Size(640, 360), Size(352, 288)
Change = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
CHANGES: dict[str, tuple[Change, bool]] = {
    "the same": (lambda picture: picture, True),
    "cut to another shape": (lambda picture: picture[:, 96:-96], False),
    "the middle of it alone": (lambda picture: picture[57:-57, 76:-76], False),
    "turned upside down": (lambda picture: picture[::-1], False),
}


def encode_stream(
    file: Path, footage: str, size: Size, change: Change = lambda p: p
) -> list[EncodedPacket]:
    """Encode three seconds of real footage in another size and return the packets."""
    with av.open(str(footage_path(footage))) as read, av.open(str(file), "w") as written:
        stream = written.add_stream("libx264", rate=10, options={"g": "10", "preset": "ultrafast"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number, picture in enumerate(islice(read.decode(video=0), 30)):
            pixels = change(np.asarray(picture.to_ndarray(format="rgb24"), np.uint8))
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(pixels), format="rgb24"
            ).reformat(*size, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            written.mux(stream.encode(frame))
        written.mux(stream.encode(None))
    return read_packets(file, 0, 3)


@pytest.mark.parametrize(("change", "same"), CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("footage", ["vtest.avi", "one-by-one-person-detection.mp4"])
def test_a_scaled_stream_shows_the_same_view_and_a_cropped_one_does_not(
    tmp_path: Path, footage: str, change: Change, same: bool
) -> None:
    main = encode_stream(tmp_path / "main.mp4", footage, LARGE)
    sub = encode_stream(tmp_path / "sub.mp4", footage, SMALL, change)

    assert have_same_view(main, sub) is same


def test_another_camera_shows_another_view(tmp_path: Path) -> None:
    main = encode_stream(tmp_path / "main.mp4", "traffic.mp4", LARGE)
    sub = encode_stream(tmp_path / "sub.mp4", "vtest.avi", SMALL)

    assert not have_same_view(main, sub)
    assert not have_same_view(main, [])


def packets(*seconds: float) -> list[EncodedPacket]:
    return [make_packet(second, key=True) for second in seconds]


@pytest.mark.parametrize(
    ("main", "all_there"),
    [
        (range(11), True),
        ((), False),
        (range(3, 11), False),
        (range(9), False),
        ((0, 1, 2, 3, 7, 8, 9, 10), False),
    ],
)
def test_a_main_stream_with_a_gap_is_incomplete(main: tuple[int, ...], all_there: bool) -> None:
    sub = packets(*range(11))

    assert is_complete(packets(*main), sub, since=NOON + timedelta(seconds=1)) is all_there


def test_heads_are_masked_within_the_time_tolerance() -> None:
    def at(second: float) -> datetime:
        return NOON + timedelta(seconds=second)

    walks = [
        HeadObservation(at(n), np.array([[n / 20, 0, n / 20 + 0.05, 0.1]], np.float32))
        for n in range(9)
    ]
    exact = HeadMask(walks, hold=timedelta(seconds=1))
    loose = HeadMask(walks, hold=timedelta(seconds=1), tolerance=timedelta(seconds=0.2))

    hidden = loose.regions_at(at(4))

    assert hidden[:, 0].min() == pytest.approx(exact.regions_at(at(3.8))[0, 0], abs=1e-5)
    assert hidden[:, 2].max() == pytest.approx(exact.regions_at(at(4.2))[0, 2], abs=1e-5)
    assert len(exact.regions_at(at(4))) == 1
