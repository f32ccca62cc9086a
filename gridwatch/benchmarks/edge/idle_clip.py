"""Write a minute of footage of a fixed camera of which a tenth is active, from a real clip."""

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from itertools import chain, cycle, islice
from pathlib import Path

import av
from av.video.frame import PictureType

from edge.sources.video_file import open_video
from pipeline.frame import Size

EMPTY_FRAMES = range(55)
"""Frames of the clip without people."""
ACTIVE_FRAMES = range(56, 116)
"""Frames in which a person comes in and sits down: six seconds."""
FPS = 10
EMPTY_BEFORE, EMPTY_AFTER = 240, 300
"""Empty frames before and after, played forwards and backwards so that nothing jumps."""


def write_idle_clip(clip: Path, file: Path, size: Size, *, key_frames_s: int = 1) -> None:
    """Write the minute as H.264.

    Args:
        clip: ``one-by-one-person-detection.mp4``, ten frames a second.
        size: Size of the frames; the clip is scaled up for 1080p.
        key_frames_s: Seconds between two key frames.
    """
    with closing(open_video(clip)) as read:
        wanted = max(ACTIVE_FRAMES) + 1
        frames = [
            frame.reformat(size.width, size.height)
            for frame in islice(read.decode(video=0), wanted)
        ]
    order = chain(_back_and_forth(EMPTY_BEFORE), ACTIVE_FRAMES, _back_and_forth(EMPTY_AFTER))
    with av.open(str(file), "w") as written:
        options = {"preset": "veryfast", "g": str(FPS * key_frames_s)}
        stream = written.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = size.width, size.height, "yuv420p"
        for number, chosen in enumerate(order):
            frame = frames[chosen]
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            frame.pict_type = PictureType.NONE  # else key frames of the clip stay key frames
            written.mux(stream.encode(frame))
        written.mux(stream.encode(None))


def _back_and_forth(count: int) -> Iterator[int]:
    return islice(cycle([*EMPTY_FRAMES, *reversed(EMPTY_FRAMES)]), count)
