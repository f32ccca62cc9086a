"""Replay one scenario on one recording, as an edge node would run it."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from edge.evidence.snapshot_description import SnapshotDescriber
from edge.sources.file import FileSource
from edge.sources.source import SourceEvent
from edge.sources.video_file import video_duration
from gridwatch.workbench.loaded_models import LoadedModels
from gridwatch.workbench.replay.instrumentation import (
    RecordingRule,
    make_gauges,
    record_evaluations,
)
from gridwatch.workbench.replay.playback import PlaybackResult, event_time, play_events
from gridwatch.workbench.replay.trace import Trace
from models.pose import find_pose_estimator
from pipeline.camera import CameraPipeline
from pipeline.frame import Frame
from pipeline.geometry.shapes import Zone, ZoneKind, ZoneOrLine
from pipeline.ground.marked_ground import Mark, MarkedGround
from pipeline.pixels.saved_scene import SavedScene
from pipeline.rules.earliest_alert import earliest_alert
from pipeline.rules.scenario import Scenario
from pipeline.scenario_spec import Capability
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing.stage import START

CAMERA = "replay"
ORIGIN = "workbench/replay/file"
MAX_SNAPSHOTS = 240
"""Snapshots in a report; in longer recordings they lie further apart."""

ProgressCallback = Callable[[timedelta], None]
"""Receives how much of the recording has been played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayTask:
    """A scenario, its zones and settings, and the recording to play.

    Args:
        gate: Skip inference where nothing moves, as a node does.
        marks: Measured points of the ground; without marks, heights of people give the metres.
        learn_from: A recording to learn the scene from before, or how much of ``video``.
    """

    scenario_type: ScenarioType
    video: Path
    zones: tuple[ZoneOrLine, ...] = ()
    settings: Mapping[str, object]
    detect_fps: float = 5
    gate: bool = True
    marks: tuple[Mark, ...] = ()
    learn_from: Path | timedelta | None = None

    def bind_scenario(self) -> Scenario:
        """Bind the scenario as a site would, by default to the full frame.

        Raises:
            SettingsError: A setting or zone does not fit the scenario.
        """
        return self.scenario_type.bind(self.zones_or_full_frame, self.settings)

    @property
    def zones_or_full_frame(self) -> tuple[ZoneOrLine, ...]:
        """The zones, by default the full frame; nothing replaces a missing line."""
        is_line = self.scenario_type.zone_kind is ZoneKind.LINE
        return self.zones or (() if is_line else (Zone.full_frame(),))


def replay(
    task: ReplayTask, models: LoadedModels, *, progress: ProgressCallback | None = None
) -> PlaybackResult:
    """Play the recording.

    Raises:
        SettingsError: A setting or zone does not fit the scenario.
        SourceError: The recording cannot be read.
        BlindError: The detector reports none of the labels that the scenario watches.
    """
    pipeline = _make_pipeline(task, task.bind_scenario(), models)
    return play_events(_report_progress(_events(task), progress), pipeline)


def replay_with_trace(
    task: ReplayTask, models: LoadedModels, *, progress: ProgressCallback | None = None
) -> tuple[PlaybackResult, Trace]:
    """Play the recording and trace every frame, for a report that explains the alerts.

    Raises:
        SettingsError: A setting or zone does not fit the scenario.
        SourceError: The recording cannot be read.
        BlindError: The detector reports none of the labels that the scenario watches.
    """
    scenario, recording_rule = record_evaluations(task.bind_scenario())
    pipeline = _make_pipeline(task, scenario, models)
    describer = SnapshotDescriber(
        scenarios=(scenario,), confidence_threshold=models.main.confidence_threshold
    )
    trace = _make_trace(task, pipeline, recording_rule, describer)
    events = _report_progress(_events(task), progress)
    return play_events(events, pipeline, on_event=trace.record_event), trace


def earliest_s(task: ReplayTask, scenario: Scenario) -> float:
    """Return the second of the recording before which no alert can open."""
    return earliest_alert(scenario, is_scene_known=task.learn_from is not None).total_seconds()


def _make_trace(
    task: ReplayTask,
    pipeline: CameraPipeline,
    recording_rule: RecordingRule,
    describer: SnapshotDescriber,
) -> Trace:
    return Trace(
        pipeline=pipeline,
        recording_rule=recording_rule,
        describer=describer,
        detect_all=pipeline.detect_full_frame,
        gauges=make_gauges(task.scenario_type, task.zones_or_full_frame, task.settings),
        watched_labels=task.scenario_type.spec.labels,
        snapshot_every=video_duration(task.video) / MAX_SNAPSHOTS,
    )


def _make_pipeline(task: ReplayTask, scenario: Scenario, models: LoadedModels) -> CameraPipeline:
    pipeline = _build_pipeline(task, scenario, models)
    if task.learn_from is not None and (scene := _learn_scene(task, models)) is not None:
        pipeline.restore_scene(scene)
    return pipeline


def _learn_scene(task: ReplayTask, models: LoadedModels) -> SavedScene | None:
    """Play what the scene is to be learned from, as if it had just ended."""
    learned = _build_pipeline(task, task.bind_scenario(), models)
    video, length = task.video, None
    if isinstance(task.learn_from, timedelta):
        length = task.learn_from
    elif task.learn_from is not None:
        video = task.learn_from
    source = FileSource(CAMERA, video, start_at=lambda: START, detect_fps=task.detect_fps)
    for event in source.events(threading.Event()):
        if length is not None and event_time(event) - START > length:
            break
        if isinstance(event, Frame):
            learned.push(event)
    scene = learned.save_scene(CAMERA)
    return scene and msgspec.structs.replace(scene, at=START)


def _build_pipeline(task: ReplayTask, scenario: Scenario, models: LoadedModels) -> CameraPipeline:
    needs_poses = Capability.POSTURES in scenario.spec.capabilities
    return CameraPipeline(
        origin=ORIGIN,
        camera=CAMERA,
        detector=models.main,
        scenarios=[scenario],
        gate=models.make_gate() if task.gate else None,
        ground=MarkedGround(task.marks) if task.marks else None,
        second_look=models.make_second_look(),
        poses=find_pose_estimator() if needs_poses else None,
    )


def _events(task: ReplayTask) -> Iterator[SourceEvent]:
    source = FileSource(CAMERA, task.video, start_at=lambda: START, detect_fps=task.detect_fps)
    return source.events(threading.Event())


def _report_progress(
    events: Iterator[SourceEvent], progress: ProgressCallback | None
) -> Iterator[SourceEvent]:
    for event in events:
        yield event
        if progress:
            progress(event_time(event) - START)
