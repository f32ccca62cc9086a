"""Compose footage of events that no clip shows: real frames with stated, repeatable edits."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from edge.sources.file import FileSource
from edge.sources.source import Gap
from models.inference.pictures import ArrayPicture
from pipeline.frame import Frame, Pixels
from scenarios.testing.edit_rendering import apply_edits
from scenarios.testing.image_edits import Edit, StreamOutage, is_active

START_AT = datetime.fromisoformat("2026-01-01T08:00:00+08:00")
"""Start time of all composed footage."""


def compose_footage(
    clip: Path,
    edits: Sequence[Edit],
    *,
    duration: timedelta,
    fps: float = 5,
    start_at: datetime = START_AT,
) -> Iterator[Frame | Gap]:
    """Play a clip in a loop for ``duration`` with edits applied.

    Equal arguments give equal pixels. During a ``StreamOutage`` there is a gap instead of each
    frame, as from a live camera.

    Raises:
        SourceError: The clip cannot be read.
    """
    stop = threading.Event()
    source = FileSource("composed", clip, start_at=lambda: start_at, detect_fps=fps, loop=True)
    first: Pixels | None = None
    last_at = start_at
    for event in source.events(stop):
        if not isinstance(event, Frame) or event.at - start_at >= duration:
            return
        elapsed = event.at - start_at
        if any(isinstance(edit, StreamOutage) and is_active(edit, elapsed) for edit in edits):
            yield Gap(last_at, event.at, "composed")
        else:
            pixels = event.picture.rgb()
            first = pixels if first is None else first
            picture = apply_edits(pixels, edits, elapsed, first_frame=first)
            yield Frame(camera=event.camera, at=event.at, picture=ArrayPicture(picture))
        last_at = event.at


def write_video(frames: Iterable[Frame | Gap], file: Path, *, fps: int = 5) -> int:
    """Encode frames as a video; gaps are left out.

    Returns:
        The number of frames written.
    """
    written = 0
    with av.open(str(file), "w") as container:
        stream = container.add_stream("mpeg4", rate=fps, options={"qscale": "3"})
        for frame in frames:
            if isinstance(frame, Gap):
                continue
            if not written:
                stream.width, stream.height = frame.picture.size
                stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, fps)
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.picture.rgb()))
            picture.pts = written
            container.mux(stream.encode(picture))
            written += 1
        container.mux(stream.encode())
    return written
