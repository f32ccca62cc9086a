"""Open a recording, choose its track, and tell how long it is."""

from contextlib import closing
from datetime import timedelta
from fractions import Fraction
from glob import escape
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from edge.errors import SourceError

DEFAULT_FRAME_RATE = Fraction(25)
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png"}


def open_video(path: Path, folder_fps: float = 1) -> InputContainer:
    """Open a video file to be decoded in one thread; a second thread would only cost more.

    Args:
        path: A file, or a folder of images that are played in the order of their names.
        folder_fps: Frame rate of a folder of images.

    Raises:
        SourceError: The path does not exist or is not a video.
    """
    path = path.absolute()  # a relative name with a colon would be read as a protocol
    try:
        container = _folder(path, folder_fps) if path.is_dir() else av.open(str(path))
    except (FFmpegError, OSError) as error:
        reason = "no such file" if not path.exists() else f"cannot be read as a video ({error})"
        raise SourceError(f"file:{path}", reason) from None
    try:
        video_track(container).codec_context.thread_count = 1
    except SourceError:
        container.close()
        raise
    return container


def video_track(container: InputContainer) -> VideoStream:
    """Return the track that a player shows: the default one, or else the best.

    Raises:
        SourceError: There is none; a cover picture is not one.
    """
    track = container.streams.best("video")
    if not isinstance(track, VideoStream) or track.disposition & Disposition.attached_pic:
        raise SourceError(f"file:{container.name}", "contains no video")
    return track


def video_duration(path: Path, folder_fps: float = 1) -> timedelta:
    """Return how long a file or folder states to be; zero if it does not.

    Raises:
        SourceError: The path does not exist or is not a video.
    """
    with closing(open_video(path, folder_fps)) as container:
        return timedelta(seconds=float(track_duration(container, video_track(container))))


def track_duration(container: InputContainer, track: VideoStream) -> Fraction:
    """Return how many seconds of the track a player shows; zero if the file does not say.

    Sound may be longer, and an edit list may leave out what the file contains.
    """
    counted = track.frames / track.average_rate if track.average_rate else Fraction(0)
    if track.duration and track.time_base:
        duration = track.duration * track.time_base
        has_edit_list = container.format.name.startswith("mov")
        return duration if has_edit_list else max(duration, counted)  # an AVI may be cut short
    if stated := _stated_end(track):
        return stated - (track.start_time or 0) * (track.time_base or 0)
    if len(container.streams) == 1:
        return Fraction(container.duration or 0, av.time_base)
    return Fraction(0)


def frame_rate(track: VideoStream) -> Fraction:
    """Return the frames per second that a track states."""
    rate = track.guessed_rate or track.average_rate
    return Fraction(rate) if rate and rate > 0 else DEFAULT_FRAME_RATE


def _stated_end(track: VideoStream) -> Fraction:
    """Read when a Matroska track ends, ``00:01:02.500000000``."""
    hours, _, rest = track.metadata.get("DURATION", "").partition(":")
    minutes, _, seconds = rest.partition(":")
    try:
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    except ValueError:
        return Fraction(0)


def _folder(path: Path, fps: float) -> InputContainer:
    suffixes = {file.suffix for file in path.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES}
    if len(suffixes) != 1:
        kinds = " and ".join(sorted(suffixes)) or "no"
        raise SourceError(f"folder:{path}", f"contains {kinds} images; use one kind, .jpg or .png")
    pattern = Path(escape(str(path)), f"*{suffixes.pop()}")
    options = {"pattern_type": "glob", "framerate": str(Fraction(fps).limit_denominator(1000))}
    return av.open(str(pattern), format="image2", options=options)
