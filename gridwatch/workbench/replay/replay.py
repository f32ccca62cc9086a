"""One scenario on one recording, as an edge box would run it."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from edge.sources.file import FileSource, video_duration
from edge.sources.source import SourceEvent
from gridwatch.errors import UsageError
from gridwatch.workbench.replay.instrumentation import (
    RecordingRule,
    make_gauges,
    record_evaluations,
)
from gridwatch.workbench.replay.playback import PlaybackResult, event_time, play_events
from gridwatch.workbench.replay.trace import Trace
from models.catalogue import footage
from models.catalogue.progress import FetchProgress
from models.errors import NotInCatalogueError
from pipeline.camera import CameraPipeline, GateConfig
from pipeline.errors import GeometryError, GroundError
from pipeline.geometry.shapes import Point, Zone, ZoneKind, ZoneOrLine, make_zone_or_line
from pipeline.ground.marked_ground import Mark, MarkedGround
from pipeline.ports import Detector
from pipeline.rules.scenario import Scenario
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing.stage import START

CAMERA = "replay"
ORIGIN = "workbench/replay/file"
MAX_SNAPSHOTS = 240
"""A page holds about so many pictures; longer recordings get them further apart."""

ProgressCallback = Callable[[timedelta], None]
"""Is told how much of the recording has been played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayTask:
    """What is asked for: which scenario, where, set how, on which recording.

    Args:
        gate: Look less where nothing is decided, as a box does unless it is told not to.
        marks: Points of the ground that were measured; none for metres by people's heights.
    """

    scenario_type: ScenarioType
    video: Path
    zones: tuple[ZoneOrLine, ...] = ()
    settings: Mapping[str, object]
    detect_fps: float = 5
    gate: bool = True
    marks: tuple[Mark, ...] = ()

    def bind_scenario(self) -> Scenario:
        """Bind the scenario as a site would; where no zone is drawn, the whole frame is one.

        Raises:
            SettingsError: A setting or zone does not fit the scenario.
        """
        return self.scenario_type.bind(self.zones_or_full_frame, self.settings)

    @property
    def zones_or_full_frame(self) -> tuple[ZoneOrLine, ...]:
        """The zones; the whole frame where none is drawn, which no line stands for."""
        is_line = self.scenario_type.zone_kind is ZoneKind.LINE
        return self.zones or (() if is_line else (Zone.full_frame(),))


def replay(
    task: ReplayTask, detector: Detector, *, progress: ProgressCallback | None = None
) -> PlaybackResult:
    """Play the recording.

    Raises:
        SettingsError: A setting or zone does not fit the scenario.
        SourceError: The recording cannot be read.
        BlindError: The detector sees nothing that the scenario watches for.
    """
    pipeline = _pipeline(task, task.bind_scenario(), detector)
    return play_events(_told(_events(task), progress), pipeline)


def replay_with_trace(
    task: ReplayTask, detector: Detector, *, progress: ProgressCallback | None = None
) -> tuple[PlaybackResult, Trace]:
    """Play the recording, and note in every frame what was seen and why nothing was said.

    Raises:
        SettingsError: A setting or zone does not fit the scenario.
        SourceError: The recording cannot be read.
        BlindError: The detector sees nothing that the scenario watches for.
    """
    scenario, listener = record_evaluations(task.bind_scenario())
    pipeline = _pipeline(task, scenario, detector)
    diary = _diary(task, pipeline, listener)
    take = play_events(_told(_events(task), progress), pipeline, on_event=diary.record_event)
    return take, diary


def _diary(task: ReplayTask, pipeline: CameraPipeline, listener: RecordingRule) -> Trace:
    return Trace(
        pipeline=pipeline,
        recording_rule=listener,
        detect_all=pipeline.detect_full_frame,
        gauges=make_gauges(task.scenario_type, task.zones_or_full_frame, task.settings),
        watched_labels=task.scenario_type.spec.labels,
        snapshot_every=video_duration(task.video) / MAX_SNAPSHOTS,
    )


def _pipeline(task: ReplayTask, scenario: Scenario, detector: Detector) -> CameraPipeline:
    return CameraPipeline(
        origin=ORIGIN,
        camera=CAMERA,
        detector=detector,
        scenarios=[scenario],
        gate=GateConfig() if task.gate else None,
        ground=MarkedGround(task.marks) if task.marks else None,
    )


def _events(task: ReplayTask) -> Iterator[SourceEvent]:
    source = FileSource(CAMERA, task.video, start_at=lambda: START, detect_fps=task.detect_fps)
    return source.events(threading.Event())


def _told(
    events: Iterator[SourceEvent], progress: ProgressCallback | None
) -> Iterator[SourceEvent]:
    for event in events:
        yield event
        if progress:
            progress(event_time(event) - START)


def find_recording(name: str, progress: FetchProgress | None = None) -> Path:
    """Find a recording by its path, or by its name in the footage list; fetched if need be.

    Raises:
        UsageError: It is neither.
        NotFetchedError: It is in the list, but nobody has it.
    """
    if Path(name).is_file():
        return Path(name)
    try:
        return footage.pull_clip(name, progress=progress)
    except NotInCatalogueError:
        known = ", ".join(footage.list_clips())
        raise UsageError(f"{name}: no such file, and no footage of that name ({known})") from None


def join_zone_points(zones: Sequence[str], extra_points: Sequence[str]) -> tuple[str, ...]:
    """Put the points of a zone that was typed without quotes to it.

    Raises:
        UsageError: There is no zone, or more than one, that they could belong to.
    """
    if not extra_points:
        return tuple(zones)
    if len(zones) != 1:
        raise UsageError(f"{extra_points[0]!r}: write all points of a zone in one pair of quotes")
    return (" ".join([*zones, *extra_points]),)


def parse_zone(text: str, number: int = 1) -> ZoneOrLine:
    """Read ``x,y x,y …`` or ``name:x,y x,y …``; two points make a line.

    Raises:
        UsageError: It is neither; says what is wrong with it.
    """
    name, colon, rest = text.rpartition(":")
    name = name if colon else ("zone" if number == 1 else f"zone-{number}")
    try:
        points = [Point(*map(float, pair.split(",", 1))) for pair in rest.split()]
        return make_zone_or_line(name, points)
    except (TypeError, ValueError) as error:
        told = error if isinstance(error, GeometryError) else "write 'x,y x,y x,y', each 0 to 1"
        raise UsageError(f"--zone {text!r}: {told}") from None


def parse_marks(text: str) -> tuple[Mark, ...]:
    """Read ``x,y=right,up x,y=right,up …``: fractions of the frame, and metres on a plan.

    Raises:
        UsageError: It cannot be read, or tells no ground; says what is wrong with it.
    """
    try:
        pairs = [[_numbers(side) for side in mark.split("=", 1)] for mark in text.split()]
        return MarkedGround([Mark(Point(*at), metres) for at, metres in pairs]).marks
    except (TypeError, ValueError) as error:
        example = "write 'x,y=right,up …', fractions of the frame and metres, four times or more"
        told = error if isinstance(error, GroundError) else example
        raise UsageError(f"--ground {text!r}: {told}") from None


def _numbers(text: str) -> tuple[float, float]:
    one, other = map(float, text.split(","))
    return one, other


def parse_setting(text: str) -> tuple[str, object]:
    """Read ``name=value``; numbers become numbers.

    Raises:
        UsageError: There is no ``=``.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set {text!r}: write name=value")
    for kind in (int, float):
        try:
            return name.strip(), kind(value)
        except ValueError:
            continue
    return name.strip(), value.strip()


def parse_settings(texts: Sequence[str]) -> dict[str, object]:
    """Read all ``--set``; the last of a name counts.

    Raises:
        UsageError: One of them cannot be read.
    """
    return dict(map(parse_setting, texts))
