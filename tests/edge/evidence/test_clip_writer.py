"""Clips of real recordings: pre-roll, pixelated heads, equal bytes in every replay."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.errors import ClipError
from edge.evidence import clip_writer
from edge.evidence.head_mask import HeadMask, HeadObservation
from edge.evidence.packet_ring import PacketRing
from edge.evidence.redaction import head_regions
from edge.sources.file import FileSource
from edge.sources.packets import EncodedPacket, PacketTap
from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from tests.edge.evidence.test_evidence_writer import people
from tests.edge.nodes import footage_path, write_clip
from tests.edge.sources.odd_videos import OddVideo, find_square

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
HOLD = timedelta(seconds=1)
SOMEBODY = people((0.4, 0.2, 0.2, 0.7))


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def read_packets(file: Path, since: float, until: float) -> list[EncodedPacket]:
    """Play a recording up to ``until`` and return the packets of the ring from ``since`` on."""
    ring = PacketRing(1 << 26)
    source = FileSource(
        "gate", file, start_at=lambda: START, detect_fps=5, tap=PacketTap(ring.push)
    )
    for event in source.events(threading.Event()):
        if isinstance(event, Frame) and event.at > after(until + 1):
            break
    return ring.cut(after(since), after(until))


def make_head_mask(detections: Detections, *, until: float = 30) -> HeadMask:
    observations = [
        HeadObservation(after(i / 5), head_regions(detections)) for i in range(int(until * 5))
    ]
    return HeadMask(observations, hold=HOLD)


def read_frames(file: Path) -> list[tuple[float, NDArray[np.uint8]]]:
    with av.open(str(file)) as container:
        decoded = container.decode(video=0)
        return [(float(p.time or 0), np.asarray(p.to_ndarray(format="rgb24"))) for p in decoded]


def roughness(part: NDArray[np.uint8]) -> float:
    """Return the mean difference of neighbouring pixels."""
    return float(np.abs(np.diff(part.astype(int), axis=1)).mean())


def test_without_people_packets_are_copied_from_the_key_frame_on(tmp_path: Path) -> None:
    packets = read_packets(footage_path("one-by-one-person-detection.mp4"), 5.5, 15)
    assert clip_writer.can_be_copied(packets, make_head_mask(people()))

    began = process_time()
    clip_writer.copy_packets(packets, tmp_path / "clip.mp4")
    spent = process_time() - began

    clip_frames = read_frames(tmp_path / "clip.mp4")
    assert [round(time, 2) for time, _ in (clip_frames[0], clip_frames[-1])] == [0, 10]
    assert len(clip_frames) == len(packets) == 101
    assert spent < 0.05


@pytest.mark.parametrize(
    ("name", "detections", "until"),
    [
        ("one-by-one-person-detection.mp4", SOMEBODY, 30),
        ("one-by-one-person-detection.mp4", people(), 9),
        ("vtest.avi", people(), 30),
    ],
    ids=["a person", "no observation for long", "a codec that browsers do not play"],
)
def test_otherwise_frames_are_encoded_again(
    name: str, detections: Detections, until: float
) -> None:
    packets = read_packets(footage_path(name), 5.5, 15)

    assert not clip_writer.can_be_copied(packets, make_head_mask(detections, until=until))


def test_heads_are_pixelated_in_every_frame_and_the_rest_is_unchanged(tmp_path: Path) -> None:
    packets = read_packets(footage_path(), 10, 15)
    detections = people((0.5, 0.5, 0.1, 0.3), (0.1, 0.2, 0.08, 0.25))
    file, bare = tmp_path / "clip.mp4", tmp_path / "bare.mp4"

    clip_writer.write_redacted(packets, make_head_mask(detections), file, since=after(10))
    clip_writer.write_redacted(packets, make_head_mask(people()), bare, since=after(10))

    clip_frames, before = read_frames(file), read_frames(bare)
    assert [time for time, _ in clip_frames] == [time for time, _ in before]
    assert (clip_frames[0][0], round(clip_frames[-1][0], 2), len(clip_frames)) == (0, 5, 51)
    for (_, hidden), (_, whole) in zip(clip_frames, before, strict=True):
        head = (slice(290, 330), slice(390, 455))
        assert roughness(hidden[head]) < roughness(whole[head]) / 2
        body = (slice(400, 560), slice(500, 760))
        assert np.abs(hidden[body].astype(int) - whole[body]).mean() < 3


def test_equal_packets_and_observations_give_equal_bytes(tmp_path: Path) -> None:
    packets, head_mask = read_packets(footage_path(), 0, 3), make_head_mask(SOMEBODY)
    first, second = tmp_path / "one.mp4", tmp_path / "two.mp4"

    clip_writer.write_redacted(packets, head_mask, first, since=START)
    clip_writer.write_redacted(packets, head_mask, second, since=START)

    assert first.read_bytes() == second.read_bytes()


def test_frames_without_observation_are_left_out(tmp_path: Path) -> None:
    packets = read_packets(footage_path(), 0, 10)
    file = tmp_path / "clip.mp4"

    clip_writer.write_redacted(packets, make_head_mask(people(), until=4), file, since=START)

    assert 4.7 <= read_frames(file)[-1][0] <= 4.9
    with pytest.raises(ClipError, match="none of its frames"):
        clip_writer.write_redacted(packets, HeadMask([], hold=HOLD), file, since=START)


def test_a_damaged_packet_costs_only_its_own_frames(tmp_path: Path) -> None:
    packets = read_packets(write_clip(tmp_path / "small.avi", frames=60), 0, 5)
    torn = [*packets[:20], *packets[24:]]
    file = tmp_path / "clip.mp4"

    clip_writer.write_redacted(torn, make_head_mask(people()), file, since=START)

    assert len(read_frames(file)) == len(packets) - 4


@pytest.mark.parametrize("write", ["copied", "redacted"])
def test_a_clip_of_a_turned_recording_is_upright(tmp_path: Path, write: str) -> None:
    video = OddVideo(codec="libx264", container="mp4", shown=Size(240, 320), rate=10, turns=1)
    packets = read_packets(video.write(tmp_path, np.random.default_rng(1)), 0, 6)
    clip = tmp_path / "out.mp4"
    if write == "copied":
        clip_writer.copy_packets(packets, clip)
    else:
        nobody = make_head_mask(Detections.empty())
        clip_writer.write_redacted(packets, nobody, clip, since=packets[0].at)

    source = FileSource("gate", clip, start_at=lambda: START, detect_fps=5)
    frames = [event for event in source.events(threading.Event()) if isinstance(event, Frame)]

    assert frames[0].picture.size == Size(240, 320)
    assert find_square(frames[-1].picture.rgb()) == pytest.approx((0.87, 0.3), abs=0.07)
