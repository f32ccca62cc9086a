"""The main stream beside the sub-stream: clips show the main stream if it has the same view."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from edge.config.loader import load_config
from edge.evidence.clip_recorder import STREAM_TIME_TOLERANCE
from edge.evidence.clip_writer import decode_packets as decode
from edge.evidence.packet_ring import PacketRing
from edge.evidence.stream_match import have_same_view
from edge.sources.camera_address import CameraAddress
from edge.sources.packets import EncodedPacket, PacketTap
from edge.sources.rtsp.main_stream import MainStreamReader
from edge.wiring import open_node
from pipeline.frame import Size
from pipeline.geometry.boxes import Float32Array
from pipeline.wire import Health
from pipeline.wire import decode_message as read_message
from tests.edge.evidence_server import EvidenceServer
from tests.edge.rtsp_cameras import RunningCamera, rtsp_camera, write_footage
from tests.edge.small_centre import SmallCentre
from tests.edge.test_box import broker_and_centre
from tests.edge.test_clips_of_live_cameras import RecordedCamera, now
from tests.edge.test_live_cameras import CROWDED, HEALTH, opened, state_of, write_live_settings
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
LARGE, SMALL = Size(768, 576), Size(352, 240)
DEGRADED_REASON = "clips come from the sub-stream; the main stream "


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("films")
    return write_footage(folder / "main", size=LARGE), write_footage(folder / "sub", size=SMALL)


def clips_of(centre: SmallCentre, camera: str) -> list[str]:
    """Return the clips that the camera's alerts name, each once."""
    named = (e for m in centre.received if m.data.camera == camera for e in m.data.evidence)
    return list(dict.fromkeys(e.sha256 for e in named if e.kind == "clip"))


def size_of(content: bytes, file: Path) -> Size:
    file.write_bytes(content)
    with av.open(str(file)) as shown:
        return Size(shown.streams.video[0].width, shown.streams.video[0].height)


def read_upload(server: EvidenceServer, name: str) -> bytes:
    wait_until(lambda: name in server.stored)
    return server.stored[name]


def test_clips_show_the_main_stream_or_the_sub_stream_while_it_is_lost(
    tmp_path: Path, films: tuple[Path, Path]
) -> None:
    stop, (main, sub) = threading.Event(), films
    with (
        broker_and_centre(tmp_path) as (broker, centre, server),
        rtsp_camera(main, in_step=True) as large,
        rtsp_camera(sub, in_step=True) as small,
    ):
        cameras = {"north-gate": small.url}
        file = write_live_settings(
            tmp_path / "node", broker=broker.port, centre=server.port, cameras=cameras
        )
        text = file.read_text().replace("clip = false", "pre_roll = 1\npost_roll = 1")
        text = text.replace("stall_after", f'main_stream = "{large.url}"\nstall_after')
        second = '\n[[camera.scenario]]\nkey = "crowd_gathering"\nhold = 15\nclear = 5\npeople = 5'
        file.write_text(text + second)
        with open_node(load_config(file), CROWDED, health_every=0.5, stop=stop) as node:
            runner = threading.Thread(target=node.run)
            runner.start()
            try:
                centre.wait(lambda c: len(clips_of(c, "north-gate")) == 1, 60)
                large.unplug()
                centre.wait(lambda c: DEGRADED_REASON in state_of(c, "north-gate")[1])
                centre.wait(lambda c: len(clips_of(c, "north-gate")) == 2, 60)
                first, second_clip = clips_of(centre, "north-gate")
                sizes = [
                    size_of(read_upload(server, name), tmp_path / "clip.mp4")
                    for name in (first, second_clip)
                ]
                large.plug_in()
                centre.wait(lambda c: DEGRADED_REASON not in state_of(c, "north-gate")[1], 60)
                counters = read_message(centre.reports[HEALTH], Health).counters
            finally:
                stop.set()
                runner.join(20)

    assert sizes == [LARGE, SMALL]
    assert counters["clips_of_sub_stream_main_incomplete.north-gate"] == 1
    assert counters["main_outages.north-gate"] == 1
    assert "outages.north-gate" not in counters, "the analysed stream is not affected"
    assert opened(centre) == {"north-gate": 2}


class BothStreams(RecordedCamera):
    """A camera with all packets of its two streams recorded."""

    def __init__(self, main: RunningCamera, sub: RunningCamera) -> None:
        super().__init__(sub)
        self.main, self._leave = PacketRing(1 << 24), threading.Event()
        way = CameraAddress(url=main.url, stall_after=timedelta(seconds=2))
        stream = MainStreamReader(
            way, tap=PacketTap(self.main.push), now=now, jitter=lambda: 1.0, count=lambda _: None
        )
        self._thread = threading.Thread(target=stream.run, args=(self._leave,))
        self._thread.start()

    def packets_of_both(self) -> tuple[list[EncodedPacket], list[EncodedPacket]]:
        since, to = self.observations[0].at, self.observations[-1].at
        return self.main.cut(since, to), self.ring.cut(since, to)

    def close(self) -> None:
        self._leave.set()
        self._thread.join(10)
        super().close()


def test_both_streams_have_the_same_times(films: tuple[Path, Path]) -> None:
    main, sub = films
    with rtsp_camera(main, in_step=True) as large, rtsp_camera(sub, in_step=True) as small:
        # On a busy machine the server itself may be late for a whole connection.
        assert any(have_equal_times(*seen) for seen in record_both(large, small, times=4))


def record_both(
    large: RunningCamera, small: RunningCamera, *, times: int
) -> Iterator[tuple[list[EncodedPacket], list[EncodedPacket]]]:
    """Record both streams for six seconds, reconnecting if their times differ."""
    for _ in range(times):
        with closing(BothStreams(large, small)) as watched:
            watched.record(6)
            yield watched.packets_of_both()


def have_equal_times(main: list[EncodedPacket], sub: list[EncodedPacket]) -> bool:
    return (
        have_same_view(main, sub) and abs(offset(main, sub)) < STREAM_TIME_TOLERANCE.total_seconds()
    )


def offset(main: list[EncodedPacket], sub: list[EncodedPacket]) -> float:
    """Return the seconds by which frames of one stream are behind those of the other."""
    first, second = greys(main), greys(sub)
    offsets = []
    for at, grey in second[15:-15]:
        away = [float(np.abs(other - grey).mean()) for _, other in first]
        offsets.append((first[int(np.argmin(away))][0] - at).total_seconds())
    return float(np.median(offsets))


def greys(packets: list[EncodedPacket]) -> list[tuple[datetime, Float32Array]]:
    """Return the frames, scaled down, with their times."""
    decoded = decode(packets, packets[0].at)
    return [(at, p.reformat(160, 120, "gray").to_ndarray().astype(np.float32)) for at, p in decoded]
