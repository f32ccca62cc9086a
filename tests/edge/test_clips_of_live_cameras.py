"""Clips of live cameras: H.264, H.265, and over a lost connection."""

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.config.loader import load_config
from edge.evidence import clip_writer
from edge.evidence.head_mask import HeadMask, HeadObservation
from edge.evidence.packet_ring import PacketRing
from edge.evidence.redaction import head_regions
from edge.sources.camera_address import CameraAddress
from edge.sources.packets import EncodedPacket, PacketTap
from edge.sources.rtsp.reader import RtspReader
from edge.sources.rtsp.rtsp_source import RtspSource
from edge.wiring import open_node
from pipeline.frame import Frame
from tests.edge.evidence.test_clip_writer import read_frames
from tests.edge.evidence.test_evidence_writer import people
from tests.edge.rtsp_cameras import RunningCamera, rtsp_camera, write_footage
from tests.edge.test_box import broker_and_centre
from tests.edge.test_live_cameras import CROWDED, write_live_settings
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
STALL = timedelta(seconds=1.5)
CODECS = {"h264": "libx264", "h265": "libx265"}


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # live cameras use the real time


class RecordedCamera:
    """A live camera without people whose packets are all recorded."""

    def __init__(self, camera: RunningCamera) -> None:
        self.ring, self.observations = PacketRing(1 << 24), list[HeadObservation]()
        way = CameraAddress(url=camera.url, stall_after=STALL)
        reader = RtspReader(
            "gate",
            way,
            now=now,
            detect_fps=5,
            jitter=lambda: 0.0,
            count=lambda _: None,
            tap=PacketTap(self.ring.push),
        )
        source = RtspSource(reader, now=now, stall_after=STALL, count=lambda _: None)
        self._events = source.events(threading.Event())

    def record(self, seconds: float) -> None:
        """Read frames for some seconds of stream time."""
        since: datetime | None = None
        for event in self._events:
            if isinstance(event, Frame):
                self.observations.append(HeadObservation(event.at, head_regions(people())))
                since = since or event.at
                if (event.at - since).total_seconds() >= seconds:
                    return

    def packets(self) -> list[EncodedPacket]:
        return self.ring.cut(self.observations[0].at, self.observations[-1].at)

    def head_mask(self) -> HeadMask:
        return HeadMask(self.observations, hold=timedelta(seconds=1))

    def close(self) -> None:
        self._events.close()  # type: ignore[attr-defined]  # a generator


@pytest.mark.parametrize("codec", CODECS)
def test_a_live_camera_s_packets_make_a_clip(tmp_path: Path, codec: str) -> None:
    footage, file = write_footage(tmp_path / "film", codec=CODECS[codec]), tmp_path / "clip.mp4"
    with rtsp_camera(footage, codec=codec) as camera, closing(RecordedCamera(camera)) as watched:
        watched.record(4)
        packets, mask = watched.packets(), watched.head_mask()

    assert clip_writer.can_be_copied(packets, mask) is (codec == "h264")
    if codec == "h264":
        clip_writer.copy_packets(packets, file)
    else:
        clip_writer.write_redacted(packets, mask, file, since=watched.observations[0].at)
    clip_frames = read_frames(file)
    assert len(clip_frames) >= 30
    assert 2.9 < clip_frames[-1][0] - clip_frames[0][0] < 5
    assert clip_frames[0][1].std() > 20, "an image and not a grey plane"


def test_a_clip_continues_after_a_lost_connection(tmp_path: Path) -> None:
    footage, file = write_footage(tmp_path / "film"), tmp_path / "clip.mp4"
    with rtsp_camera(footage) as camera, closing(RecordedCamera(camera)) as watched:
        watched.record(2)
        camera.unplug()
        camera.plug_in()
        watched.record(2)
        packets, mask = watched.packets(), watched.head_mask()

    clip_writer.write_redacted(packets, mask, file, since=watched.observations[0].at)

    times = [time for time, _ in read_frames(file)]
    assert times == sorted(times)
    span = (watched.observations[-1].at - watched.observations[0].at).total_seconds()
    assert abs(times[-1] - span) < 0.3
    assert len(times) >= 30


def test_a_live_alert_gets_its_clip_while_it_is_open(tmp_path: Path) -> None:
    stop = threading.Event()
    with (
        broker_and_centre(tmp_path) as (broker, centre, server),
        rtsp_camera(write_footage(tmp_path / "f")) as one,
    ):
        cameras = {"north-gate": one.url}
        file = write_live_settings(
            tmp_path / "node", broker=broker.port, centre=server.port, cameras=cameras
        )
        clips = "clip = true\npre_roll = 1\npost_roll = 1"
        file.write_text(file.read_text().replace("clip = false", clips))
        with open_node(load_config(file), CROWDED, stop=stop) as node:
            runner = threading.Thread(target=node.run)
            runner.start()
            centre.wait(lambda c: any(len(m.data.evidence) == 2 for m in c.received))
            clipped = centre.received[-1]
            wait_until(lambda: clipped.data.evidence[1].sha256 in server.stored)
            stop.set()
            runner.join(20)

    assert [m.change for m in centre.received] == ["opened", "updated", "closed"]
    file.write_bytes(server.stored[clipped.data.evidence[1].sha256])
    assert 18 <= len(read_frames(file)) <= 22
