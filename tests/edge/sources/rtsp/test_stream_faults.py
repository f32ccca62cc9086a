"""Faults of cameras and networks: jumps, losses, silence, bursts, a frozen image."""

import signal
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

from edge.errors import StreamFault
from edge.sources.camera_address import Transport
from edge.sources.decoded_picture import AvPicture
from pipeline.frame import Frame, Pixels
from tests.edge.rtsp_cameras import rtsp_camera, write_footage
from tests.edge.sources.rtsp.lossy_link import lossy_link
from tests.edge.sources.rtsp.test_rtsp_source import STALL, Viewer, now
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
CODECS = {"h264": "libx264", "h265": "libx265"}
PATIENT = timedelta(seconds=5)
WRAPS = 2**32
"""RTP time stamps count 90,000 per second and wrap around after this one."""


@pytest.fixture(scope="module", params=CODECS)
def codec(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def footage(codec: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_footage(tmp_path_factory.mktemp("films") / codec, codec=CODECS[codec])


def intervals(frames: list[Frame]) -> list[float]:
    return [(late.at - early.at).total_seconds() for early, late in pairwise(frames)]


def test_frame_times_continue_when_the_stream_restarts(codec: str, footage: Path) -> None:
    with rtsp_camera(footage, codec=codec, clock=WRAPS - 90_000 * 3) as camera:
        viewer = Viewer(camera.url)
        frames = viewer.frames(30)
        viewer.leave()

    assert intervals(frames[5:]) == pytest.approx([0.2] * 24, abs=0.001)
    assert (viewer.counts["outages"], viewer.counts["connections"]) == (0, 1)


@pytest.mark.parametrize("seconds", [1000, -500])
def test_a_jump_of_the_stream_time_does_not_change_frame_times(
    codec: str, footage: Path, seconds: int
) -> None:
    with rtsp_camera(footage, codec=codec) as camera, lossy_link(camera) as link:
        viewer = Viewer(link.url, transport=Transport.TCP, stall_after=PATIENT)
        before = viewer.frames(10)[-1]
        link.clock_offset_s = seconds
        frames = viewer.frames(20)
        late = now() - frames[-1].at
        viewer.leave()

    assert viewer.counts["pts_corrections"] >= 1, "the jump is detected"
    assert abs(late) < timedelta(seconds=2)
    assert max(intervals([before, *frames])) < 2
    assert (viewer.counts["outages"], viewer.counts["connections"]) == (0, 1)


@pytest.mark.parametrize("how", ["lose_every", "damage_every"])
def test_lost_and_damaged_packets_cost_only_their_group(
    codec: str, footage: Path, how: str
) -> None:
    with rtsp_camera(footage, codec=codec) as camera, lossy_link(camera) as link:
        viewer = Viewer(link.url, transport=Transport.TCP, stall_after=PATIENT)
        viewer.frames(5)
        setattr(link, how, 7)
        viewer.frames(15)
        setattr(link, how, 0)
        frames = viewer.frames(20)
        viewer.leave()

    assert all(equals_footage(frame, footage, codec) for frame in frames[-8:]), (
        "groups are complete"
    )
    if codec == "h264":  # for H.265 FFmpeg does not report concealed errors
        assert viewer.counts["frames_damaged"] > 0
    assert (viewer.counts["outages"], viewer.counts["connections"]) == (0, 1)


def equals_footage(frame: Frame, footage: Path, codec: str) -> bool:
    """Return whether a frame equals one of the footage, without damage."""
    return any(
        np.array_equal(frame.picture.rgb(), decoded) for decoded in decode_footage(footage, codec)
    )


@cache
def decode_footage(footage: Path, codec: str) -> list[Pixels]:
    decoder = av.CodecContext.create({"h264": "h264", "h265": "hevc"}[codec], "r")
    assert isinstance(decoder, VideoCodecContext)
    packets = [av.Packet(picture) for picture in split_frames(footage)]
    decoded = [frame for packet in packets for frame in decoder.decode(packet)]
    return [AvPicture(frame).rgb() for frame in [*decoded, *decoder.decode(None)]]


def split_frames(footage: Path) -> Iterator[bytes]:
    data = footage.read_bytes()
    while data:
        length = int.from_bytes(data[:4], "big")
        yield data[4 : 4 + length]
        data = data[4 + length :]


def test_a_silent_camera_with_an_open_connection_is_lost(codec: str, footage: Path) -> None:
    with rtsp_camera(footage, codec=codec) as camera:
        viewer = Viewer(camera.url)
        viewer.frames(5)
        camera.process.send_signal(signal.SIGSTOP)
        reason = viewer.gap().reason
        camera.process.send_signal(signal.SIGCONT)
        viewer.frames(5)
        viewer.leave()

    assert reason == StreamFault.STALLED.message
    assert viewer.counts["outages"] == 1


def test_frames_of_a_burst_keep_their_times_and_the_latest_wins(codec: str, footage: Path) -> None:
    with rtsp_camera(footage, codec=codec) as camera:
        viewer = Viewer(camera.url, stall_after=PATIENT)
        before, passed_by = viewer.frames(10)[-1], viewer.counts["frames_superseded"]
        camera.send_command("hold")
        viewer.wait(3)
        camera.send_command("go")
        wait_until(
            lambda: viewer.counts["frames_superseded"] >= passed_by + 10
        )  # without taking events
        frames = viewer.frames(10)
        late = now() - frames[-1].at
        viewer.leave()

    times = [frame.at for frame in (before, *frames)]
    assert times == sorted(times)
    assert frames[0].at - before.at > timedelta(seconds=1.5), (
        "the latest frame and not the next one"
    )
    assert late < timedelta(seconds=2), "the lag does not persist"
    assert (viewer.counts["outages"], viewer.counts["connections"]) == (0, 1)


def test_an_image_that_never_changes_is_a_lost_camera(tmp_path: Path) -> None:
    still, moving = (
        write_footage(tmp_path / "still", still=True),
        write_footage(tmp_path / "moving"),
    )
    with rtsp_camera(still) as camera:
        viewer = Viewer(camera.url, stall_after=STALL, frozen_after=Fraction(3))
        viewer.frames(5)
        assert viewer.gap().reason == StreamFault.FROZEN.message
        camera.send_command(f"film {moving}")
        viewer.frames(10)
        viewer.leave()

    assert viewer.counts["outages_frozen"] == viewer.counts["outages"] == 1
    assert viewer.counts["connections"] == 1, "a frozen image causes no reconnection"
