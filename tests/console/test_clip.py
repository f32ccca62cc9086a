"""Clips on the incident page: playback, seeking and errors."""

from datetime import timedelta
from itertools import takewhile
from pathlib import Path

import av
import pytest
from av.video.frame import PictureType
from av.video.stream import VideoStream
from playwright.sync_api import Locator, expect

from edge.evidence import clip_writer
from edge.evidence.head_mask import HeadMask, HeadObservation
from edge.evidence.redaction import head_regions
from tests.console.demo_centre import REVIEW_SCORE, DemoCentre, MicroGrid
from tests.console.page_objects import ConsolePage, check_layout
from tests.edge.evidence.test_clip_writer import START, after, read_packets
from tests.edge.evidence.test_evidence_writer import people
from tests.edge.nodes import footage_path

pytestmark = pytest.mark.slow
H265 = " as H.265"
X265 = {"preset": "ultrafast", "x265-params": "log-level=none:keyint=20"}
PLAY_UNTIL = """
(video, from) => new Promise((done, fail) => {
    video.ontimeupdate = () => { if (video.currentTime > from) done(video.currentTime); };
    video.onerror = () => fail(video.error?.message);
    video.play().catch(fail);
})
"""


def play_until(video: Locator, *, beyond: float) -> float:
    """Play until the position is beyond a time; returns the position, in seconds."""
    position_s: float = video.evaluate(PLAY_UNTIL, beyond)
    return position_s


def encode_h265(recording: Path, file: Path) -> Path:
    """Encode the first 15 s of a recording as an H.265 camera does."""
    with av.open(str(recording)) as source, av.open(str(file), "w") as output:
        original = source.streams.video[0]
        stream = output.add_stream("libx265", rate=original.average_rate, options=X265)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = original.width, original.height, "yuv420p"
        for picture in takewhile(lambda p: (p.time or 0) < 15, source.decode(video=0)):
            picture.pict_type = PictureType.NONE
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    return file


def write_clip(file: Path, name: str, *, copied: bool) -> bytes:
    """Write a clip of ten seconds as a node does."""
    recording = footage_path(name.removesuffix(H265))
    if name.endswith(H265):
        recording = encode_h265(recording, file.with_suffix(".mkv"))
    packets = read_packets(recording, 4, 14)
    assert (packets[0].codec.name == "hevc") is name.endswith(H265)
    detections = people() if copied else people((0.5, 0.5, 0.1, 0.3))
    observations = [HeadObservation(after(i / 5), head_regions(detections)) for i in range(100)]
    mask = HeadMask(observations, hold=timedelta(seconds=1))
    assert clip_writer.can_be_copied(packets, mask) is copied
    if copied:
        clip_writer.copy_packets(packets, file)
    else:
        clip_writer.write_redacted(packets, mask, file, since=START + timedelta(seconds=4))
    return file.read_bytes()


@pytest.mark.parametrize(
    ("name", "copied"),
    [("vtest.avi", False), ("traffic.mp4", True), (f"vtest.avi{H265}", False)],
    ids=["pixelated", "copied", "H.265"],
)
def test_a_clip_plays_and_can_be_sought(
    centre: DemoCentre, console: ConsolePage, tmp_path: Path, name: str, *, copied: bool
) -> None:
    content = write_clip(tmp_path / "clip.mp4", name, copied=copied)
    camera = centre.alert(MicroGrid(7), score=REVIEW_SCORE, clip=content)
    console.enter()
    console.select(camera)
    console.press("Enter")
    video = console.page.locator(".incident-page .incident-clip video")
    expect(video).to_be_visible()
    assert video.evaluate("video => video.readyState") == 0, (
        "the clip is loaded before it is played"
    )

    assert play_until(video, beyond=0.5) > 0.5
    assert 9.5 < video.evaluate("video => video.duration") < 15
    video.evaluate("video => { video.currentTime = 7; }")
    assert play_until(video, beyond=7.3) > 7.3
    video.scroll_into_view_if_needed()
    check_layout(
        console.page, f"console-clip-{name.partition('.')[0]}{'-h265' * name.endswith(H265)}"
    )


def test_an_unreadable_clip_shows_a_message(centre: DemoCentre, console: ConsolePage) -> None:
    camera = centre.alert(MicroGrid(7), score=REVIEW_SCORE, clip=b"\0\0\0\x18ftypisom not a video")
    console.enter()
    console.select(camera)
    video = console.page.locator(".incident-clip video")
    expect(video).to_be_visible()

    video.evaluate("video => { video.load(); video.play().catch(() => 0); }")

    expect(console.page.locator(".incident-clip")).to_contain_text("视频片段无法播放")
