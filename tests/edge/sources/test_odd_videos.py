"""Any video is decoded as a player shows it, at its true times."""

import threading
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from edge.sources.file import FileSource
from edge.sources.source import EndOfStream
from pipeline.frame import Frame, Size
from tests.edge.sources.odd_videos import (
    SECONDS,
    OddVideo,
    choose_videos,
    find_square,
)

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
TOLERANCE = 0.06
"""Of width and height: encoders and scaling shift the centre of the square a little."""


def play(file: Path) -> tuple[list[tuple[float, Frame]], EndOfStream]:
    source = FileSource("gate", file, start_at=lambda: START, detect_fps=5)
    events = list(source.events(threading.Event()))
    end = events[-1]
    assert isinstance(end, EndOfStream)
    return [
        ((event.at - START).total_seconds(), event) for event in events if isinstance(event, Frame)
    ], end


def expected_progress(video: OddVideo, seconds: float) -> float:
    """Return how far the square has come: it stands still while the recorder pauses."""
    if seconds >= SECONDS / 2 + video.pause_s:
        seconds -= video.pause_s
    return seconds / SECONDS


def check(video: OddVideo, file: Path) -> None:
    frames, end = play(file)
    assert len(frames) >= 0.8 * SECONDS * min(5, video.rate), (video, len(frames), end)
    errors = []
    for seconds, frame in frames:
        place = find_square(frame.picture.rgb())
        if place is None:
            continue
        side = frame.picture.size.height / 5 / frame.picture.size.width
        expected = expected_progress(video, seconds) * (1 - side) + side / 2
        errors.append(max(abs(place[0] - expected), abs(place[1] - 0.3)))
    assert len(errors) >= 0.7 * len(frames), video
    assert np.median(errors) < TOLERANCE, (video, np.median(errors))
    shown = frames[0][1].picture.size
    assert shown.width / shown.height == pytest.approx(
        video.shown.width / video.shown.height, rel=0.03
    ), (video, shown)
    if not video.damaged:
        assert end.reason == "", (video, end.reason)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("aspect", [Fraction(1), Fraction(16, 11)])
def test_frames_are_turned_and_stretched_as_the_container_says(
    tmp_path: Path, turns: int, aspect: Fraction
) -> None:
    video = OddVideo(
        codec="libx264",
        container="mp4",
        shown=Size(352, 240),
        rate=10,
        turns=turns,
        aspect=aspect,
    )
    check(video, video.write(tmp_path, np.random.default_rng(1)))


@pytest.mark.slow
def test_two_hundred_odd_videos_are_decoded_like_the_plain_one(tmp_path: Path) -> None:
    generator = np.random.default_rng(7)
    failures = []
    for video in choose_videos(200, generator):
        file = video.write(tmp_path, generator)
        try:
            check(video, file)
        except AssertionError as error:
            failures.append(str(error).splitlines()[0])
        file.unlink()
    assert not failures, "\n".join(failures)
