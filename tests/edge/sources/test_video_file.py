"""Which track of a file is played, and how long it is."""

import threading
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from edge.errors import SourceError
from edge.sources.file import FileSource
from edge.sources.source import EndOfStream
from edge.sources.video_file import video_duration
from pipeline.frame import Frame, Size
from tests.edge.nodes import write_clip

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def play(file: Path) -> tuple[list[Frame], EndOfStream]:
    source = FileSource("gate", file, start_at=lambda: START, detect_fps=5)
    *frames, end = source.events(threading.Event())
    assert isinstance(end, EndOfStream)
    return [frame for frame in frames if isinstance(frame, Frame)], end


def write_tracks(file: Path, *lengths: int, default: int) -> None:
    """Write a file with several video tracks of so many frames, ten a second."""
    with av.open(str(file), "w") as container:
        tracks = [container.add_stream("libx264", rate=10) for _ in lengths]
        for number, track in enumerate(tracks):
            track.width, track.height, track.pix_fmt = 160, 120, "yuv420p"
            if number == default:
                track.disposition = av.stream.Disposition.default
        for track, length in zip(tracks, lengths, strict=True):
            for number in range(length):
                frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 90, np.uint8))
                frame.pts, frame.time_base = number, Fraction(1, 10)
                container.mux(track.encode(frame))
            container.mux(track.encode(None))


def test_the_default_track_is_played_and_not_the_thumbnail_before_it(tmp_path: Path) -> None:
    write_tracks(tmp_path / "clip.mov", 1, 50, default=1)

    frames, end = play(tmp_path / "clip.mov")

    assert (len(frames), end.reason) == (25, "")


def test_sound_that_is_longer_does_not_make_the_video_truncated(tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    with av.open(str(file), "w") as container:
        video = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        sound = container.add_stream("aac", rate=8000)
        for _ in range(50):
            frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 90, np.uint8))
            container.mux(video.encode(frame))
        for _ in range(120):
            silence = np.zeros((1, 1024), np.float32)
            samples = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            samples.sample_rate = 8000
            container.mux(sound.encode(samples))
        container.mux([*video.encode(None), *sound.encode(None)])

    frames, end = play(file)

    assert (len(frames), end.reason) == (25, "")
    assert video_duration(file) == timedelta(seconds=5)


@pytest.mark.parametrize("suffix", ["h264", "hevc"])
def test_a_file_without_timestamps_is_played_at_its_frame_rate(tmp_path: Path, suffix: str) -> None:
    codec = {"h264": "libx264", "hevc": "libx265"}[suffix]
    file = write_clip(tmp_path / f"clip.{suffix}", frames=30, codec=codec)

    frames, end = play(file)

    assert len(frames) == 15
    assert end == EndOfStream(frames[-1].at, "")
    assert frames[-1].at - START == timedelta(seconds=2.8)


def test_a_name_with_a_colon_is_no_protocol(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_clip(tmp_path / "clip.avi").rename(tmp_path / "16:38:41.avi")
    monkeypatch.chdir(tmp_path)

    assert len(play(Path("16:38:41.avi"))[0]) == 10


def test_a_sound_file_with_a_cover_is_no_video(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "song.mp4"), "w") as container:
        sound = container.add_stream("aac", rate=8000)
        silence = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
        )
        silence.sample_rate = 8000
        container.mux([*sound.encode(silence), *sound.encode(None)])

    with pytest.raises(SourceError, match="contains no video"):
        play(tmp_path / "song.mp4")


def test_square_pixels_and_no_rotation_leave_frames_as_they_are(tmp_path: Path) -> None:
    frames, _ = play(write_clip(tmp_path / "clip.avi"))

    assert frames[0].picture.size == Size(160, 120)
