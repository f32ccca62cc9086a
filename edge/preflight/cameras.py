"""Check each camera: connect to it and wait for its first frame."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic

from edge.config.camera_binding import BoundCamera
from edge.errors import StreamError, StreamFault
from edge.preflight.checks import Check, CheckStatus, Finding
from edge.sources.camera_address import CameraAddress
from edge.sources.rtsp.stream import RtspStream
from edge.sources.video_file import video_duration
from pipeline.pixels.learning import LEARNING
from pipeline.rules.earliest_alert import earliest_alert
from pipeline.rules.scenario import Scenario
from pipeline.rules.schedule import ALWAYS

MAX_WIDTH_PX = 1280
"""A wider stream does not improve detection; decoding it is what a camera costs most."""
DEFAULT_REMEDY = "run `gridwatch camera probe` with its address"
REMEDIES = {
    StreamFault.UNREACHABLE: "check its power and network, and the host and port in `source`",
    StreamFault.NO_LOGIN: "add the login to `source`: rtsp://user:password@host/path",
    StreamFault.CREDENTIALS: "correct the login in `source`; escape special characters, @ as %40",
    StreamFault.NO_SUCH_STREAM: "look up the path of its sub-stream and set it in `source`",
    StreamFault.TRANSPORT: 'set transport = "auto"',
    StreamFault.REFUSED: "close other viewers, or raise the number that the camera allows",
    StreamFault.NO_VIDEO: "set `source` to an H.264 or H.265 video stream",
}


def camera_checks(cameras: Sequence[BoundCamera]) -> list[Check]:
    """Return a check for each camera and for each main stream."""
    checks = []
    for camera in cameras:
        part = f"camera {camera.name}"
        checks.append(_check(part, camera.source, camera))
        if camera.main_stream is not None:
            checks.append(_check(f"{part}, main stream", camera.main_stream, camera))
    return checks


def describe_scenarios(camera: BoundCamera) -> str:
    """Return the scenarios of a camera with their zones and schedules."""
    return "; ".join(map(_describe_scenario, camera.scenarios))


def describe_earliest(
    scenarios: Iterable[Scenario], *, after: timedelta = timedelta()
) -> list[str]:
    """Say when each scenario can fire at the earliest, if that is later than ``after``."""
    times = [(scenario.spec.key, earliest_alert(scenario)) for scenario in scenarios]
    return [
        f"{key} cannot fire before {earliest.total_seconds():g} s"
        for key, earliest in times
        if earliest > after
    ]


def _describe_scenario(scenario: Scenario) -> str:
    text = f"{scenario.spec.key} in {', '.join(zone.name for zone in scenario.zones)}"
    return text if scenario.schedule == ALWAYS else f"{text}, {scenario.schedule}"


def _check(part: str, source: Path | CameraAddress, camera: BoundCamera) -> Check:
    if isinstance(source, Path):
        what = camera.settings.source
        return Check(
            part=part,
            what=what,
            run=partial(_check_recording, part, source, camera),
            remedy=DEFAULT_REMEDY,
        )
    learning = [each for each in camera.scenarios if each.spec.capabilities & LEARNING]
    notes = describe_earliest(learning) if source is camera.source else []
    run = partial(_check_live, part, source, detects=source is camera.source, notes=notes)
    return Check(part=part, what=str(source), run=run, remedy=DEFAULT_REMEDY)


def _check_recording(part: str, file: Path, camera: BoundCamera) -> list[Finding]:
    length = video_duration(file, camera.settings.fps or 1)
    note = f"recording, {length.total_seconds():.0f} s"
    late = [] if camera.settings.loop else describe_earliest(camera.scenarios, after=length)
    if late:
        return [
            Finding(
                part=part,
                what=camera.settings.source,
                note=f"{note}: {'; '.join(late)}",
                status=CheckStatus.DOUBTFUL,
                remedy="play a longer recording, set loop = true, or shorten `hold`",
            )
        ]
    return [Finding(part=part, what=camera.settings.source, note=note)]


def _check_live(
    part: str, address: CameraAddress, *, detects: bool, notes: Sequence[str]
) -> list[Finding]:
    started_at = monotonic()
    try:
        with closing(RtspStream.open(address)) as stream:
            picture = next(stream.pictures())
            codec = stream.video.codec_context.name
    except StreamError as error:
        note = error.fault.message.partition(";")[0]
        remedy = REMEDIES.get(error.fault, DEFAULT_REMEDY)
        return [_finding(part, address, note, status=CheckStatus.BAD, remedy=remedy)]
    waited_s = monotonic() - started_at
    note = f"{codec} {picture.width}x{picture.height}, first frame after {waited_s:.1f} s"
    note = "; ".join([note, *notes])
    if detects and picture.width > MAX_WIDTH_PX:
        remedy = "set `source` to the sub-stream and `main_stream` to this one, to save CPU time"
        return [_finding(part, address, note, status=CheckStatus.DOUBTFUL, remedy=remedy)]
    return [_finding(part, address, note)]


def _finding(
    part: str,
    address: CameraAddress,
    note: str,
    *,
    status: CheckStatus = CheckStatus.GOOD,
    remedy: str = "",
) -> Finding:
    return Finding(part=part, what=str(address), note=note, status=status, remedy=remedy)
