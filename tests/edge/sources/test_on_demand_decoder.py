"""Decoding on demand: key frames only, and every frame once something moves."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from edge.sources.file import FileSource
from edge.sources.on_demand_decoder import OnDemandDecoder
from pipeline.frame import Frame
from tests.edge.rtsp_cameras import rtsp_camera, write_footage
from tests.edge.sources.rtsp.test_rtsp_source import Viewer

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
SECONDS, FPS = 40, 10
ENTERS, LEAVES = 24.5, 27.5
"""When a bright square moves through the frame."""


def write_quiet_clip(file: Path, *, gop: int = 20) -> Path:
    """Write 40 s of a noisy, empty scene; a square moves through it in the middle."""
    noise = np.random.default_rng(1)
    scene = noise.integers(60, 120, (90, 160, 3))
    with av.open(str(file), "w") as container:
        options = {"g": str(gop), "preset": "ultrafast", "bf": "2", "sc_threshold": "0"}
        stream = container.add_stream("libx264", rate=FPS, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(SECONDS * FPS):
            pixels = (scene + noise.integers(-2, 3, scene.shape)).astype(np.uint8)
            pixels = np.ascontiguousarray(pixels.repeat(2, axis=0).repeat(2, axis=1))
            if ENTERS <= number / FPS < LEAVES:
                left = int((number / FPS - ENTERS) * 80)
                pixels[60:120, left : left + 30] = 240
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return file


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_quiet_clip(tmp_path_factory.mktemp("clips") / "quiet.mp4")


class Player:
    """Play a clip with or without the decoder; ``activity_at`` is a second with activity."""

    def __init__(
        self,
        clip: Path,
        *,
        on_demand: bool = True,
        activity_at: float | None = None,
        max_key_interval: timedelta | None = None,
    ) -> None:
        self.undecoded, activity = 0, threading.Event()
        decoder = OnDemandDecoder(
            activity, count_skipped=self.count_skipped, max_key_interval=max_key_interval
        )
        demand = decoder if on_demand else None
        source = FileSource("gate", clip, start_at=lambda: START, detect_fps=5, decoder=demand)
        self.frames_by_second: dict[float, Frame] = {}
        for event in source.events(threading.Event()):
            if isinstance(event, Frame):
                second = (event.at - START).total_seconds()
                assert second not in self.frames_by_second
                self.frames_by_second[second] = event
                if activity_at is not None and second >= activity_at:
                    activity.set()
                    activity_at = None

    def count_skipped(self, pictures: int) -> None:
        self.undecoded += pictures

    def between(self, since: float, until: float) -> list[float]:
        return [second for second in self.frames_by_second if since <= second < until]


def test_only_key_frames_are_decoded_while_nothing_moves(clip: Path) -> None:
    player = Player(clip)

    assert len(player.between(0, 5)) == 25, "every frame at the start"
    assert player.between(8, 24) == [8, 10, 12, 14, 16, 18, 20, 22]
    assert player.undecoded >= 150


def test_rare_key_frames_are_not_skipped_unless_asked_for(clip: Path, tmp_path: Path) -> None:
    dense = write_quiet_clip(tmp_path / "dense.mp4", gop=10)
    second = timedelta(seconds=1)

    assert Player(clip, max_key_interval=second).undecoded == 0
    player = Player(dense, max_key_interval=second)
    assert player.between(8, 13) == [8, 9, 10, 11, 12]
    assert player.between(24, 32) == Player(dense, on_demand=False).between(24, 32)


def test_motion_is_decoded_from_before_it_starts_until_five_seconds_after(clip: Path) -> None:
    player, everything = Player(clip), Player(clip, on_demand=False)

    assert player.between(24, 32) == everything.between(24, 32)
    assert list(player.frames_by_second) == sorted(player.frames_by_second), "in time order"


def test_frames_equal_those_of_full_decoding(clip: Path) -> None:
    player, everything = Player(clip), Player(clip, on_demand=False)

    for second, frame in player.frames_by_second.items():
        assert (frame.picture.rgb() == everything.frames_by_second[second].picture.rgb()).all(), (
            second
        )


def test_activity_starts_decoding_in_the_middle_of_a_group(clip: Path) -> None:
    player, everything = Player(clip, activity_at=18), Player(clip, on_demand=False)

    assert player.between(18, 23) == everything.between(18, 23)


def test_with_rare_key_frames_no_gap_is_longer_than_three_seconds(tmp_path: Path) -> None:
    player = Player(write_quiet_clip(tmp_path / "rare.mp4", gop=100))

    assert max(late - early for early, late in pairwise(player.frames_by_second)) <= 3.2


def test_a_live_camera_switches_between_key_frames_and_all_frames(tmp_path: Path) -> None:
    still, walkers = (
        write_footage(tmp_path / "still", still=True),
        write_footage(tmp_path / "walkers"),
    )
    with rtsp_camera(still) as camera:
        viewer = Viewer(camera.url, on_demand=True, stall_after=timedelta(seconds=5))
        viewer.frames(35)
        asleep = [late.at - early.at for early, late in pairwise(viewer.frames(5))]
        camera.send_command(f"film {walkers}")
        awake = Counter(late.at - early.at for early, late in pairwise(viewer.frames(25)))
        viewer.leave()

    assert asleep == [timedelta(seconds=1)] * 4, "at key frames"
    assert viewer.counts["frames_undecoded"] >= 30
    assert awake[timedelta(seconds=0.2)] >= 18
    assert viewer.counts["outages"] == 0
