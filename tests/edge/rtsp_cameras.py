"""Real RTSP cameras for tests: a GStreamer server process and its footage."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridwatch.benchmarks.edge.rtsp_fixture import REQUIRED_PACKAGES, Film, RtspCamera, can_serve
from pipeline.frame import Size
from tests.brokers import free_port
from tests.edge.nodes import footage_path
from tests.requirements import require

RunningCamera = RtspCamera
SIZE = Size(384, 288)


def write_footage(
    file: Path, *, codec: str = "libx264", size: Size = SIZE, fps: int = 10, still: bool = False
) -> Path:
    """Encode 8 s of the footage of pedestrians for the server, with a key frame each second."""
    film = Film(size=size, codec=codec, fps=fps, still=still)
    return film.write(footage_path(), file)


@contextmanager
def rtsp_camera(
    film: Path,
    *,
    codec: str = "h264",
    login: bool = True,
    udp_only: bool = False,
    in_step: bool = False,
    clock: int = 0,
) -> Iterator[RunningCamera]:
    """Run a camera that shows ``film`` at 10 frames per second in a loop.

    Args:
        in_step: Show the same frame at the same time as other such cameras.
        clock: First RTP time stamp, below 2 ** 32.
    """
    require(can_serve(), REQUIRED_PACKAGES)
    parameters: dict[str, object] = {
        "port": free_port(),
        "codec": codec,
        "film": str(film),
        "fps": 10,
    }
    parameters |= {"udp_only": udp_only, "in_step": in_step, "clock": clock}
    parameters |= {"user": "admin", "password": "s3cret"} if login else {}
    camera = RtspCamera(parameters)
    try:
        yield camera
    finally:
        camera.unplug()
