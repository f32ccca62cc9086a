"""Real RTSP cameras for tests: a server process of GStreamer, and the films it shows."""

import json
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import islice
from pathlib import Path
from typing import IO

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from pipeline.frame import Size
from tests.brokers import free_port
from tests.edge.boxes import the_clip
from tests.parts import need

PYTHON = "/usr/bin/python3"
"""Debian's own: it has the bindings of Debian's GStreamer."""
SERVER = Path(__file__).parent.parent / "rtsp_server.py"
PROBE = """\
import gi
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstApp, GstRtsp, GstRtspServer
Gst.init(None)
parts = "appsrc", "h264parse", "rtph264pay", "rtph265pay"
assert all(map(Gst.ElementFactory.find, parts))
"""
SIZE = Size(384, 288)
OPTIONS = {
    "libx264": {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "sliced-threads=0"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:repeat-headers=1:bframes=0"},
}


def a_film(
    file: Path, *, codec: str = "libx264", size: Size = SIZE, fps: int = 10, still: bool = False
) -> Path:
    """Encode 8 s of the pedestrians' clip, a key frame each second, as the server takes it.

    Args:
        still: Show its first picture all the time.
    """
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, fps), Fraction(fps)
    encoder.gop_size, encoder.max_b_frames, encoder.thread_count = fps, 0, 1
    encoder.options = OPTIONS[codec]
    with av.open(str(the_clip())) as clip, file.open("wb") as film:
        clip.streams.video[0].codec_context.thread_count = 1
        for number, picture in enumerate(islice(clip.decode(video=0), 80)):
            if number == 0 or not still:
                small = picture.reformat(size.width, size.height, "yuv420p")
            small.pict_type = PictureType.NONE  # for the encoder to choose
            small.pts, small.time_base = number, Fraction(1, fps)
            _write(film, encoder.encode(small))
        _write(film, encoder.encode(None))
    return file


def _write(film: IO[bytes], packets: "list[av.Packet[av.VideoStream]]") -> None:
    for packet in packets:
        film.write(struct.pack(">I", packet.size) + bytes(packet))


@dataclass
class RunningCamera:
    """A camera that can be told what to do, unplugged and plugged in."""

    port: int
    command: list[str]
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """Where its pictures are, with the right login."""
        return f"rtsp://admin:s3cret@127.0.0.1:{self.port}/main"

    def do(self, word: str) -> None:
        """Tell it to ``freeze``, ``go``, ``damage`` or show ``film PATH``."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def unplug(self) -> None:
        """Take its power."""
        self.process.kill()
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def plug_in(self) -> None:
        """Give it power again."""
        self.process = _started(self.command)


@contextmanager
def a_camera(
    film: Path,
    *,
    codec: str = "h264",
    login: bool = True,
    udp_only: bool = False,
    in_step: bool = False,
) -> Iterator[RunningCamera]:
    """Run a camera that shows ``film`` at 10 pictures a second, over and over.

    Args:
        in_step: Show at each moment what other cameras in step show.
    """
    need(can_serve(), "gst-rtsp-server with its plugins and python3-gi")
    port = free_port()
    told = {"port": port, "codec": codec, "film": str(film), "fps": 10, "udp_only": udp_only}
    told |= {"in_step": in_step}
    told |= {"user": "admin", "password": "s3cret"} if login else {}
    command = [PYTHON, str(SERVER), json.dumps(told)]
    camera = RunningCamera(port, command, _started(command))
    try:
        yield camera
    finally:
        camera.unplug()


@cache
def can_serve() -> bool:
    """Tell whether this machine has all that a camera is made of."""
    if not Path(PYTHON).exists():
        return False
    asked = subprocess.run([PYTHON, "-c", PROBE], capture_output=True, check=False)
    return asked.returncode == 0


def _started(command: list[str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    if process.stdout.readline() != "ready\n":
        process.kill()
        process.communicate(timeout=10)
        raise AssertionError("the camera's server did not start")
    return process
