"""Recordings as sources: frame times, frame selection and reported damage."""

import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import SourceError
from edge.sources.file import FileSource
from edge.sources.source import EndOfStream
from edge.sources.video_file import video_duration
from pipeline.frame import Frame, Size
from pipeline.geometry.shapes import Box
from tests.edge.nodes import footage_path, write_clip

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def make_source(
    path: Path, *, fps: float = 5, live: bool = False, loop: bool = False
) -> FileSource:
    return FileSource(
        "north-gate", path, start_at=lambda: START, detect_fps=fps, live=live, loop=loop
    )


def play(source: FileSource, at_most: int = 10_000) -> tuple[list[Frame], EndOfStream | None]:
    frames: list[Frame] = []
    for event in source.events(threading.Event()):
        if isinstance(event, Frame):
            frames.append(event)
        if isinstance(event, EndOfStream):
            return frames, event
        if len(frames) == at_most:
            break
    return frames, None


def test_frame_times_are_those_of_the_recording(tmp_path: Path) -> None:
    frames, end = play(make_source(write_clip(tmp_path / "clip.avi", frames=20, fps=10)))

    offsets = [(frame.at - START).total_seconds() for frame in frames]
    assert offsets == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8]
    assert end == EndOfStream(START + timedelta(seconds=1.8), "")


@pytest.mark.parametrize(("fps", "expected"), [(10, 20), (30, 20), (4, 8), (3, 6), (0.5, 1)])
def test_frames_are_chosen_by_their_time(tmp_path: Path, fps: float, expected: int) -> None:
    frames, _ = play(make_source(write_clip(tmp_path / "clip.avi"), fps=fps))

    assert len(frames) == expected


def test_times_continue_when_a_recording_loops(tmp_path: Path) -> None:
    frames, _ = play(make_source(write_clip(tmp_path / "clip.avi"), loop=True), at_most=35)

    steps = {late.at - early.at for early, late in pairwise(frames)}
    assert steps == {timedelta(seconds=0.2)}


def test_live_playback_waits_for_each_frame_and_stops_at_once(tmp_path: Path) -> None:
    stop = threading.Event()
    source = make_source(write_clip(tmp_path / "clip.avi", frames=300), live=True)
    began = time.monotonic()
    for n, _ in enumerate(source.events(stop)):
        if n == 3:
            took = time.monotonic() - began
            stop.set()

    assert 0.6 <= took < 2
    assert time.monotonic() - began < took + 1


@pytest.mark.slow
def test_a_slow_consumer_misses_frames_of_live_playback(tmp_path: Path) -> None:
    source = make_source(write_clip(tmp_path / "clip.avi", frames=20), live=True)
    frames = 0
    for event in source.events(threading.Event()):
        frames += isinstance(event, Frame)
        threading.Event().wait(0.6)  # as a model that is three times too slow

    assert source.dropped > 3
    assert frames + source.dropped == 10


def test_a_truncated_file_is_played_and_reported(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "clip.avi", frames=100).read_bytes()
    (tmp_path / "torn.avi").write_bytes(whole[: len(whole) * 2 // 3])

    frames, end = play(make_source(tmp_path / "torn.avi"))

    assert 10 < len(frames) < 45
    assert end is not None
    assert "is truncated" in end.reason
    assert "of 10.0 s" in end.reason


def test_truncated_real_footage_is_played_and_reported(tmp_path: Path) -> None:
    torn = tmp_path / "torn.avi"
    torn.write_bytes(footage_path().read_bytes()[:3_000_000])

    frames, end = play(make_source(torn, fps=1))

    assert len(frames) == 29
    assert end is not None
    assert end.reason.startswith("is truncated: 28.0 s of 79.5 s")


@pytest.mark.parametrize("content", [b"", b"hello", bytes(5000)], ids=["empty", "text", "zeros"])
def test_a_file_that_is_not_a_video_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "clip.avi").write_bytes(content)

    with pytest.raises(SourceError, match="cannot be read as a video"):
        play(make_source(tmp_path / "clip.avi"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        play(make_source(tmp_path / "clip.avi"))


def test_the_duration_is_read_from_the_file(tmp_path: Path) -> None:
    assert video_duration(write_clip(tmp_path / "clip.avi", frames=30)) == timedelta(seconds=3)


def test_a_frame_is_scaled_in_full_or_in_part(tmp_path: Path) -> None:
    [frame, *_], _ = play(make_source(write_clip(tmp_path / "clip.avi")))
    picture = frame.picture

    assert picture.size == Size(160, 120)
    assert picture.rgb().shape == (120, 160, 3)
    assert picture.rgb(Size(80, 60)).shape == (60, 80, 3)
    square = picture.rgb(Size(10, 20), region=Box(0, 1 / 3, 1 / 8, 1 / 3))
    assert square.shape == (20, 10, 3)
    assert np.abs(square.astype(int) - 230).mean() < 10, "only the bright square"
    assert np.abs(picture.rgb().astype(int)[100:, 100:] - 90).mean() < 5


def test_two_plays_give_the_same_pixels() -> None:
    first, second = (play(make_source(footage_path(), fps=1), at_most=5)[0] for _ in range(2))

    assert all(
        np.array_equal(a.picture.rgb(Size(416, 416)), b.picture.rgb(Size(416, 416)))
        for a, b in zip(first, second, strict=True)
    )


def test_a_folder_of_images_is_played_in_the_order_of_names(tmp_path: Path) -> None:
    folder = tmp_path / "north [gate]"
    folder.mkdir()
    for number in (3, 1, 2):
        shade = np.full((120, 160, 3), number * 60, np.uint8)
        cv2.imwrite(str(folder / f"{number}.jpg"), shade)
    source = FileSource("north-gate", folder, start_at=lambda: START, detect_fps=5, folder_fps=2)

    frames, end = play(source)

    offsets = [(frame.at - START).total_seconds() for frame in frames]
    assert offsets == [0.0, 0.5, 1.0]
    assert [round(float(frame.picture.rgb().mean()) / 60) for frame in frames] == [1, 2, 3]
    assert end == EndOfStream(frames[-1].at, "")
    assert video_duration(folder, 2) == timedelta(seconds=1.5)
