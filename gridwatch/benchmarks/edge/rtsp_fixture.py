"""RTSP cameras on this machine: a GStreamer process each, showing real footage."""

import json
import struct
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import islice
from pathlib import Path
from typing import IO

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from gridwatch.errors import BenchError
from pipeline.frame import Size

SYSTEM_PYTHON = "/usr/bin/python3"
"""Debian's Python has the bindings of Debian's GStreamer."""
SERVER = Path(__file__).parent / "rtsp_server.py"
REQUIRED_PACKAGES = (
    "gstreamer1.0-plugins-good, -bad, gir1.2-gst-rtsp-server-1.0 and python3-gi of Debian"
)
PROBE = """\
import gi
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstApp, GstRtsp, GstRtspServer
Gst.init(None)
parts = "appsrc", "h264parse", "rtph264pay", "rtph265pay"
assert all(map(Gst.ElementFactory.find, parts))
"""
ENCODERS = {
    "libx264": {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "sliced-threads=0"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:repeat-headers=1:bframes=0"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """The encoding of a film: frames of a recording, with a key frame each second.

    Args:
        still: Show the first frame all the time.
    """

    size: Size
    codec: str = "libx264"
    fps: int = 10
    frames: int = 80
    still: bool = False

    def write(self, footage: Path, file: Path) -> Path:
        """Encode the film in the format of the server."""
        encoder = self._encoder()
        with av.open(str(footage)) as clip, file.open("wb") as film:
            clip.streams.video[0].codec_context.thread_count = 1
            scaled: av.VideoFrame | None = None
            for number, picture in enumerate(islice(clip.decode(video=0), self.frames)):
                if scaled is None or not self.still:
                    scaled = picture.reformat(*self.size, "yuv420p")
                scaled.pict_type = PictureType.NONE  # for the encoder to choose
                scaled.pts, scaled.time_base = number, Fraction(1, self.fps)
                _write(film, encoder.encode(scaled))
            _write(film, encoder.encode(None))
        return file

    def _encoder(self) -> VideoCodecContext:
        encoder = av.CodecContext.create(self.codec, "w")
        if not isinstance(encoder, VideoCodecContext):
            raise BenchError(f"{self.codec} encodes no video")
        encoder.width, encoder.height, encoder.pix_fmt = *self.size, "yuv420p"
        encoder.time_base, encoder.framerate = Fraction(1, self.fps), Fraction(self.fps)
        encoder.gop_size, encoder.max_b_frames, encoder.thread_count = self.fps, 0, 1
        encoder.options = ENCODERS[self.codec]
        return encoder


def _write(film: IO[bytes], packets: "list[av.Packet[av.VideoStream]]") -> None:
    for packet in packets:
        film.write(struct.pack(">I", packet.size) + bytes(packet))


@dataclass
class RtspCamera:
    """A camera that takes commands and can be unplugged and plugged in.

    Args:
        server_options: See ``rtsp_server.py``.
    """

    server_options: Mapping[str, object]
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        """Start the camera.

        Raises:
            BenchError: This machine lacks a package, or the camera does not start.
        """
        self.plug_in()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(str(self.server_options["port"]))

    @property
    def url(self) -> str:
        """The URL of its stream, with its login."""
        login = (
            f"{self.server_options['user']}:{self.server_options['password']}@"
            if "user" in self.server_options
            else ""
        )
        return f"rtsp://{login}127.0.0.1:{self.port}/main"

    def send_command(self, command: str) -> None:
        """Send a command; see ``rtsp_server.py``."""
        if self.process.stdin is None:
            raise BenchError("a camera without a pipe")
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()

    def unplug(self) -> None:
        """Kill the camera's process."""
        self.process.kill()
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def plug_in(self) -> None:
        """Start the camera's process.

        Raises:
            BenchError: It does not start.
        """
        self.process = subprocess.Popen(
            [SYSTEM_PYTHON, str(SERVER), json.dumps(dict(self.server_options))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if self.process.stdout is None or self.process.stdout.readline() != "ready\n":
            self.process.kill()
            self.process.communicate(timeout=10)
            raise BenchError("the camera's server did not start")


@cache
def can_serve() -> bool:
    """Return whether this machine has ``REQUIRED_PACKAGES``."""
    if not Path(SYSTEM_PYTHON).exists():
        return False
    done = subprocess.run([SYSTEM_PYTHON, "-c", PROBE], capture_output=True, check=False)
    return done.returncode == 0
