"""Each camera is called, and has to show a picture."""

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic

from edge.config.binding import BoundCamera
from edge.errors import StreamError, StreamFault
from edge.preflight.checks import Check, CheckStatus, Finding
from edge.sources.camera_address import CameraAddress
from edge.sources.file import video_duration
from edge.sources.rtsp.stream import RtspStream
from pipeline.rules.scenario import Scenario
from pipeline.rules.schedule import ALWAYS

WIDE = 1280
"""Pixels across that detection has use for; decoding more is what a camera costs."""
PROBE = "see what `gridwatch camera probe` says of its address"
MENDS = {
    StreamFault.UNREACHABLE: "check its power and network, and host and port of `source`",
    StreamFault.NO_LOGIN: "write the login into `source`: rtsp://user:password@host/path",
    StreamFault.CREDENTIALS: "write its right login into `source`, signs such as @ as %40",
    StreamFault.NO_SUCH_STREAM: "look up the path of its sub-stream, and write it into `source`",
    StreamFault.TRANSPORT: 'set transport = "auto"',
    StreamFault.REFUSED: "close other viewers of it, or raise how many it allows",
    StreamFault.NO_VIDEO: "check that `source` is its video stream, H.264 or H.265",
}


def camera_checks(cameras: Sequence[BoundCamera]) -> list[Check]:
    """Make a check for each camera, and for each main stream that its clips come from."""
    checks = []
    for camera in cameras:
        part = f"camera {camera.name}"
        checks.append(_check(part, camera.source, camera))
        if camera.main_stream is not None:
            checks.append(_check(f"{part}, main stream", camera.main_stream, camera))
    return checks


def describe_scenarios(camera: BoundCamera) -> str:
    """Say what a camera watches for, where, and when."""
    return "; ".join(map(_watch, camera.scenarios))


def _watch(scenario: Scenario) -> str:
    told = f"{scenario.spec.key} in {', '.join(zone.name for zone in scenario.zones)}"
    return told if scenario.schedule == ALWAYS else f"{told}, {scenario.schedule}"


def _check(part: str, feed: Path | CameraAddress, camera: BoundCamera) -> Check:
    if isinstance(feed, Path):
        what = camera.settings.source
        return Check(part=part, what=what, run=partial(_recording, part, feed, camera), mend=PROBE)
    look = partial(_live, part, feed, detects=feed is camera.source)
    return Check(part=part, what=str(feed), run=look, mend=PROBE)


def _recording(part: str, file: Path, camera: BoundCamera) -> list[Finding]:
    length = video_duration(file, camera.settings.fps or 1).total_seconds()
    return [Finding(part=part, what=camera.settings.source, note=f"a recording, {length:.0f} s")]


def _live(part: str, way: CameraAddress, *, detects: bool) -> list[Finding]:
    began = monotonic()
    try:
        with closing(RtspStream.open(way)) as stream:
            picture = next(stream.pictures())
            codec = stream.video.codec_context.name
    except StreamError as error:
        note, mend = error.fault.message.partition(";")[0], MENDS.get(error.fault, PROBE)
        return [_finding(part, way, note, verdict=CheckStatus.BAD, mend=mend)]
    waited = monotonic() - began
    seen = f"{codec} {picture.width}x{picture.height}, first picture after {waited:.1f} s"
    if detects and picture.width > WIDE:
        mend = "give its sub-stream as `source`, and this one as `main`: decoding costs most"
        return [_finding(part, way, seen, verdict=CheckStatus.DOUBTFUL, mend=mend)]
    return [_finding(part, way, seen)]


def _finding(
    part: str,
    way: CameraAddress,
    note: str,
    *,
    verdict: CheckStatus = CheckStatus.GOOD,
    mend: str = "",
) -> Finding:
    return Finding(part=part, what=str(way), note=note, verdict=verdict, mend=mend)
