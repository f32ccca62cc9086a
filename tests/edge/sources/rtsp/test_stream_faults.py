"""What cameras and cables do to a stream: jumps, losses, silence, bursts, a frozen picture."""

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
from edge.sources.picture import AvPicture
from pipeline.frame import Frame, Pixels
from tests.edge.rtsp_cameras import rtsp_camera, write_footage
from tests.edge.sources.rtsp.lossy_link import lossy_link
from tests.edge.sources.rtsp.test_rtsp_source import STALL, Viewer, now
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
CODECS = {"h264": "libx264", "h265": "libx265"}
PATIENT = timedelta(seconds=5)
WRAPS = 2**32
"""RTP counts ninety thousand a second and begins anew behind this."""


@pytest.fixture(scope="module", params=CODECS)
def codec(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def film(codec: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_footage(tmp_path_factory.mktemp("films") / codec, codec=CODECS[codec])


def steps(frames: list[Frame]) -> list[float]:
    return [(late.at - early.at).total_seconds() for early, late in pairwise(frames)]


def test_time_goes_on_where_that_of_the_stream_begins_anew(codec: str, film: Path) -> None:
    with rtsp_camera(film, codec=codec, clock=WRAPS - 90_000 * 3) as camera:
        viewer = Viewer(camera.url)
        frames = viewer.frames(30)
        viewer.leave()

    assert steps(frames[5:]) == pytest.approx([0.2] * 24, abs=0.001)
    assert (viewer.counts["outages"], viewer.counts["connections"]) == (0, 1)


@pytest.mark.parametrize("seconds", [1000, -500])
def test_a_jump_of_the_stream_s_time_is_none_of_ours(codec: str, film: Path, seconds: int) -> None:
    with rtsp_camera(film, codec=codec) as camera, lossy_link(camera) as cable:
        viewer = Viewer(cable.url, transport=Transport.TCP, stall_after=PATIENT)
        before = viewer.frames(10)[-1]
        cable.ahead = seconds
        frames = viewer.frames(20)
        late = now() - frames[-1].at
        viewer.leave()

    assert viewer.counts["pts_corrections"] >= 1, "the jump has been seen"
    assert abs(late) < timedelta(seconds=2)
    assert max(steps([before, *frames])) < 2
    assert (viewer.counts["outages"], viewer.counts["connections"]) == (0, 1)


@pytest.mark.parametrize("how", ["loses", "flips"])
def test_lost_and_spoilt_packets_cost_their_group_alone(codec: str, film: Path, how: str) -> None:
    with rtsp_camera(film, codec=codec) as camera, lossy_link(camera) as cable:
        viewer = Viewer(cable.url, transport=Transport.TCP, stall_after=PATIENT)
        viewer.frames(5)
        setattr(cable, how, 7)
        viewer.frames(15)
        setattr(cable, how, 0)
        frames = viewer.frames(20)
        viewer.leave()

    assert all(like_the_film(frame, film, codec) for frame in frames[-8:]), "groups are whole"
    if codec == "h264":  # of H.265 FFmpeg does not tell what it made up
        assert viewer.counts["frames_damaged"] > 0
    assert (viewer.counts["outages"], viewer.counts["connections"]) == (0, 1)


def like_the_film(frame: Frame, film: Path, codec: str) -> bool:
    """Tell whether a picture is one of the film's, without a fault."""
    return any(np.array_equal(frame.picture.rgb(), shown) for shown in decoded(film, codec))


@cache
def decoded(film: Path, codec: str) -> list[Pixels]:
    decoder = av.CodecContext.create({"h264": "h264", "h265": "hevc"}[codec], "r")
    assert isinstance(decoder, VideoCodecContext)
    packets = [av.Packet(picture) for picture in pictures(film)]
    shown = [frame for packet in packets for frame in decoder.decode(packet)]
    return [AvPicture(frame).rgb() for frame in [*shown, *decoder.decode(None)]]


def pictures(film: Path) -> Iterator[bytes]:
    data = film.read_bytes()
    while data:
        length = int.from_bytes(data[:4], "big")
        yield data[4 : 4 + length]
        data = data[4 + length :]


def test_a_camera_that_falls_silent_with_its_connection_open_is_lost(
    codec: str, film: Path
) -> None:
    with rtsp_camera(film, codec=codec) as camera:
        viewer = Viewer(camera.url)
        viewer.frames(5)
        camera.process.send_signal(signal.SIGSTOP)
        reason = viewer.gap().reason
        camera.process.send_signal(signal.SIGCONT)
        viewer.frames(5)
        viewer.leave()

    assert reason == StreamFault.STALLED.message
    assert viewer.counts["outages"] == 1


def test_what_comes_in_a_burst_keeps_its_times_and_the_newest_wins(codec: str, film: Path) -> None:
    with rtsp_camera(film, codec=codec) as camera:
        viewer = Viewer(camera.url, stall_after=PATIENT)
        before, passed_by = viewer.frames(10)[-1], viewer.counts["frames_superseded"]
        camera.send_command("hold")
        viewer.wait(3)
        camera.send_command("go")
        wait_until(lambda: viewer.counts["frames_superseded"] >= passed_by + 10)  # nobody looks
        frames = viewer.frames(10)
        late = now() - frames[-1].at
        viewer.leave()

    times = [frame.at for frame in (before, *frames)]
    assert times == sorted(times)
    assert frames[0].at - before.at > timedelta(seconds=1.5), "the newest, not the next"
    assert late < timedelta(seconds=2), "it is not behind for good"
    assert (viewer.counts["outages"], viewer.counts["connections"]) == (0, 1)


def test_a_picture_that_never_changes_is_nobody_looking(tmp_path: Path) -> None:
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
    assert viewer.counts["connections"] == 1, "it is not called again for it"
