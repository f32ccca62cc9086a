"""Real cameras over RTSP: frame times, and every way to lose a camera."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from edge.errors import StreamFault
from edge.sources.camera_address import CameraAddress, Transport
from edge.sources.on_demand_decoder import OnDemandDecoder
from edge.sources.rtsp.frozen_stream import FROZEN_AFTER_S
from edge.sources.rtsp.reader import RtspReader
from edge.sources.rtsp.rtsp_source import RtspSource
from edge.sources.source import Gap, SourceEvent
from pipeline.frame import Frame, Size
from tests.brokers import free_port
from tests.edge.rtsp_cameras import SIZE, rtsp_camera, write_footage
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

STALL = timedelta(seconds=1.5)


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_footage(tmp_path_factory.mktemp("films") / "h264")


class Viewer:
    """Take the events of a camera step by step and record the counters."""

    def __init__(
        self,
        url: str,
        *,
        transport: Transport = Transport.AUTO,
        stall_after: timedelta = STALL,
        on_demand: bool = False,
        frozen_after: Fraction = FROZEN_AFTER_S,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.stop = threading.Event()
        way = CameraAddress(url=url, stall_after=stall_after, transport=transport)
        reader = RtspReader(
            "north-gate",
            way,
            now=now,
            detect_fps=5,
            jitter=lambda: 1.0,
            count=lambda name: self.counts.update([name]),
            decoder=OnDemandDecoder(threading.Event(), count_skipped=self._count_skipped)
            if on_demand
            else None,
            frozen_after_s=frozen_after,
        )
        self.source = RtspSource(
            reader, now=now, stall_after=stall_after, count=lambda name: self.counts.update([name])
        )
        self._events = self.source.events(self.stop)
        self.received: list[SourceEvent] = []

    def frames(self, number: int) -> list[Frame]:
        """Take events until there were ``number`` frames in a row."""
        row: list[Frame] = []
        for event in self._collect():
            row = [*row, event] if isinstance(event, Frame) else []
            if len(row) == number:
                return row
        raise AssertionError("unreachable")

    def gap(self) -> Gap:
        """Take events until there is a gap."""
        return next(event for event in self._collect() if isinstance(event, Gap))

    def wait(self, seconds: float) -> None:
        """Let time pass without taking events."""
        self.stop.wait(seconds)

    def leave(self) -> float:
        """Stop and return how many seconds that took."""
        began = time.monotonic()
        self.stop.set()
        list(self._events)
        return time.monotonic() - began

    def _count_skipped(self, pictures: int) -> None:
        self.counts["frames_undecoded"] += pictures

    def _collect(self) -> Iterator[SourceEvent]:
        deadline = time.monotonic() + 30
        for event in self._events:
            self.received.append(event)
            yield event
            assert time.monotonic() < deadline, "the expected event never came"


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # live cameras use the real time


def gap_of(viewer: Viewer) -> tuple[datetime, datetime]:
    """Return the start and the end of the only gap, which is reported in parts."""
    gaps = [event for event in viewer.received if isinstance(event, Gap)]
    assert all(before.until == after.since for before, after in pairwise(gaps)), "one gap"
    return gaps[0].since, gaps[-1].until


def test_frames_have_the_times_of_the_stream(footage: Path) -> None:
    with rtsp_camera(footage) as camera:
        viewer = Viewer(camera.url)
        frames = viewer.frames(15)
        left_after = viewer.leave()

    steps = [(late.at - early.at).total_seconds() for early, late in pairwise(frames[5:])]
    assert steps == pytest.approx([0.2] * 9, abs=0.001), "capture times, not arrival times"
    assert abs(now() - frames[-1].at) < timedelta(seconds=2)
    assert frames[-1].picture.size == SIZE
    assert left_after < 5
    assert viewer.counts["connections"] == 1
    assert viewer.counts["frames_decoded"] >= 25
    assert viewer.counts["outages"] == 0


def test_h265_is_decoded_too(tmp_path: Path) -> None:
    with rtsp_camera(write_footage(tmp_path / "h265", codec="libx265"), codec="h265") as camera:
        viewer = Viewer(camera.url)
        assert viewer.frames(8)[-1].picture.rgb().mean() > 30
        viewer.leave()


def test_a_frame_that_is_processed_slowly_is_no_outage(footage: Path) -> None:
    with rtsp_camera(footage) as camera:
        viewer = Viewer(camera.url)
        viewer.frames(2)
        given_way = viewer.source.dropped
        wait_until(
            lambda: viewer.source.dropped >= given_way + 10
        )  # two seconds: longer than STALL
        viewer.frames(2)
        viewer.leave()

    assert all(isinstance(event, Frame) for event in viewer.received)
    assert viewer.counts["outages"] == 0


def test_a_camera_that_reconnects_causes_one_gap_and_one_connection(
    footage: Path,
) -> None:
    with rtsp_camera(footage) as camera:
        viewer = Viewer(camera.url)
        before = viewer.frames(8)[-1]
        camera.unplug()
        reason = viewer.gap().reason
        camera.plug_in()
        after = viewer.frames(8)
        viewer.leave()

    since, to = gap_of(viewer)
    assert reason in {StreamFault.ENDED.message, StreamFault.UNREACHABLE.message}
    assert before.at <= since < to <= after[0].at
    times = [event.at for event in viewer.received if isinstance(event, Frame)]
    assert times == sorted(set(times)), "times increase"
    assert viewer.counts["outages"] == 1
    assert viewer.counts["connections"] == 2


def test_a_camera_that_stops_sending_is_lost_and_reconnected(footage: Path) -> None:
    with rtsp_camera(footage) as camera:
        viewer = Viewer(camera.url)
        viewer.frames(8)
        camera.send_command("freeze")
        assert viewer.gap().reason == StreamFault.STALLED.message
        camera.send_command("go")
        viewer.frames(8)
        viewer.leave()

    since, to = gap_of(viewer)
    assert to - since > STALL - timedelta(seconds=0.5)
    assert viewer.counts["outages_stalled"] == 1


def test_stopping_does_not_wait_for_a_camera_that_hangs(footage: Path) -> None:
    with rtsp_camera(footage) as camera:
        viewer = Viewer(camera.url)
        viewer.frames(3)
        camera.send_command("freeze")

        assert viewer.leave() < 3


@pytest.mark.parametrize(
    ("login", "path", "fault"),
    [
        ("admin:wrong@", "/main", StreamFault.CREDENTIALS),
        ("", "/main", StreamFault.NO_LOGIN),
        ("admin:s3cret@", "/other", StreamFault.NO_SUCH_STREAM),
    ],
)
def test_faults_are_distinguished(footage: Path, login: str, path: str, fault: StreamFault) -> None:
    with rtsp_camera(footage) as camera:
        viewer = Viewer(f"rtsp://{login}127.0.0.1:{camera.port}{path}")
        assert viewer.gap().reason == fault.message
        viewer.leave()

    assert viewer.counts[f"outages_{fault}"] == 1
    assert viewer.counts["connections"] == 0


def test_an_absent_camera_is_unreachable() -> None:
    viewer = Viewer(f"rtsp://127.0.0.1:{free_port()}/main")

    assert viewer.gap().reason == StreamFault.UNREACHABLE.message
    assert viewer.leave() < 2


def test_a_change_of_the_frame_size_is_accepted(footage: Path, tmp_path: Path) -> None:
    small = Size(320, 240)
    other = write_footage(tmp_path / "small", size=small)
    with rtsp_camera(footage) as camera:
        viewer = Viewer(camera.url)
        assert viewer.frames(5)[-1].picture.size == SIZE
        camera.send_command(f"film {other}")
        sizes = {frame.picture.size for frame in viewer.frames(15)[-3:]}
        viewer.leave()

    assert sizes == {small}
    assert viewer.counts["outages"] == 0


def test_damaged_frames_are_counted_and_left_out(footage: Path) -> None:
    with rtsp_camera(footage) as camera:
        viewer = Viewer(camera.url, stall_after=timedelta(seconds=5))
        viewer.frames(5)
        camera.send_command("damage")
        wait_until(lambda: viewer.source.decode_errors > 0)
        viewer.frames(8)
        viewer.leave()

    assert viewer.counts["frames_damaged"] == viewer.source.decode_errors
    assert viewer.counts["outages"] == 0


def test_a_camera_that_only_supports_udp_is_read_by_udp(footage: Path) -> None:
    with rtsp_camera(footage, udp_only=True) as camera:
        refused = Viewer(camera.url, transport=Transport.TCP)
        assert refused.gap().reason == StreamFault.TRANSPORT.message
        refused.leave()

        viewer = Viewer(camera.url)
        viewer.frames(5)
        viewer.leave()


def test_a_slow_consumer_gets_the_latest_frame(footage: Path) -> None:
    with rtsp_camera(footage) as camera:
        viewer = Viewer(camera.url)
        first = viewer.frames(5)[-1]
        threading.Event().wait(2)
        second = viewer.frames(2)[-1]
        viewer.leave()

    assert (second.at - first.at).total_seconds() > 1.5
    assert viewer.source.dropped >= 5
    assert viewer.counts["frames_superseded"] == viewer.source.dropped


def test_every_frame_is_counted_once(footage: Path) -> None:
    with rtsp_camera(footage) as camera:
        viewer = Viewer(camera.url)
        viewer.frames(5)
        camera.send_command("damage")
        viewer.wait(1.5)
        viewer.frames(5)
        viewer.leave()
        threading.Event().wait(0.2)  # until the reading thread has ended

    frame_count = sum(isinstance(event, Frame) for event in viewer.received)
    left_out = ("not_sampled", "superseded", "frozen")
    gone = sum(viewer.counts[f"frames_{why}"] for why in left_out)
    gone += viewer.counts["frames_before_last"]
    assert viewer.counts["frames_decoded"] - frame_count - gone in {0, 1}, (
        "one frame may still be in the slot"
    )
