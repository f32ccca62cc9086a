"""Trace every frame of a replay, in the detail that the report needs to explain the alerts."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import cv2
import msgspec
import numpy as np

from edge.evidence.redaction import head_regions, pixelate
from edge.evidence.snapshot_description import SnapshotDescriber
from edge.sources.source import EndOfStream, SourceEvent
from gridwatch.workbench.replay.alert_summary import seconds_since_start
from gridwatch.workbench.replay.instrumentation import Gauge, RecordingRule, RuleEvaluation
from gridwatch.workbench.replay.playback import event_time
from pipeline.alert import Alert
from pipeline.alerting.episode import EpisodeStatus
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.signal import Signal
from pipeline.track import Track
from pipeline.wire import SnapshotContent
from scenarios.testing.stage import START

SNAPSHOT_WIDTH_PX = 480
JPEG_QUALITY = 55

Sides = tuple[float, ...]
"""Left, top, width, height of a box, fractions of the frame."""


class TracedObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A detection, or a track with its subject and whether it is inside the zone."""

    label: str
    box: Sides
    score: float
    subject: int = 0
    inside: bool = False


class TracedEpisode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of an episode; ``level`` is that of its alert, empty before it opens.

    Args:
        held_for_s: Since its first signal.
        unseen_for_s: Since its last signal.
        share: Share of the frames of the hold time that had a signal.
    """

    zone: str
    held_for_s: float
    unseen_for_s: float
    share: float
    subject: int = 0
    level: str = ""


class TracedSignal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signal of the rule."""

    zone: str
    level: str
    boxes: tuple[Sides, ...]
    measures: dict[str, float]
    subject: int = 0


class TraceEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One frame, or one gap.

    Args:
        detections: Detections with a watched label, including those of low confidence.
        other_detections: The number of all other detections.
        tracks: Confirmed tracks with a watched label.
        pixel_events: The number of events that the pixel analysis reports in the zones.
        signals: Signals of the rule.
        episodes: All episodes.
    """

    at_s: float
    gap: bool = False
    detections: tuple[TracedObject, ...] = ()
    other_detections: int = 0
    tracks: tuple[TracedObject, ...] = ()
    pixel_events: int = 0
    signals: tuple[TracedSignal, ...] = ()
    episodes: tuple[TracedEpisode, ...] = ()


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A picture for the page; ``key`` marks a frame in which an alert changed.

    Args:
        contents: What the picture shows of each open alert, by the alert's id: what a node sends
            with its snapshot, and what the console draws.
    """

    at_s: float
    url: str
    key: bool
    contents: dict[str, SnapshotContent] = {}


@dataclass(slots=True)
class Trace:
    """Records entries and snapshots while a recording is played.

    Args:
        describer: Describes what a snapshot shows of an alert.
        detect_all: Detects everything in a frame, so that a snapshot can hide all heads.
        snapshot_every: Time between two snapshots when no alert changes.
    """

    pipeline: CameraPipeline
    recording_rule: RecordingRule
    describer: SnapshotDescriber
    gauges: list[Gauge]
    watched_labels: frozenset[str]
    detect_all: Callable[[Frame], Detections]
    snapshot_every: timedelta = timedelta(seconds=1)
    entries: list[TraceEntry] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    _next_snapshot_at: datetime = START
    _evaluations: list[RuleEvaluation] = field(default_factory=list)
    """The last evaluations: they stand for frames on which the rule is not evaluated."""

    def record_event(self, event: SourceEvent, changed: list[Alert]) -> None:
        """Record an event that the pipeline has just processed."""
        if isinstance(event, EndOfStream):
            return
        is_frame = isinstance(event, Frame)
        previous = self._evaluations if is_frame else []
        self._evaluations = self.recording_rule.take_evaluations() or previous
        for gauge in self.gauges:
            gauge.measure([evaluation.scene for evaluation in self._evaluations])
        self.entries.append(self._make_entry(event_time(event), is_gap=not is_frame))
        if isinstance(event, Frame) and (changed or event.at >= self._next_snapshot_at):
            self._take_snapshot(event, is_key=bool(changed))

    def _make_entry(self, at: datetime, *, is_gap: bool) -> TraceEntry:
        detections = Detections.empty() if is_gap else self.pipeline.detections
        tracks = () if is_gap else self.pipeline.tracks
        evaluations = self._evaluations
        watched = [i for i, label in enumerate(detections.labels) if label in self.watched_labels]
        return TraceEntry(
            at_s=seconds_since_start(at),
            gap=is_gap,
            detections=tuple(_trace_detection(detections, i) for i in watched),
            other_detections=len(detections) - len(watched),
            tracks=_trace_tracks(tracks, evaluations, self.watched_labels),
            pixel_events=sum(map(_count_pixel_events, evaluations)),
            signals=tuple(_trace_signal(s) for e in evaluations for s in e.signals),
            episodes=tuple(map(_trace_episode, self.pipeline.episodes)),
        )

    def _take_snapshot(self, frame: Frame, *, is_key: bool) -> None:
        detections = self.detect_all(frame)
        candidates = self.pipeline.snapshot_candidates if is_key else []
        snapshot = Snapshot(
            at_s=seconds_since_start(frame.at),
            url=encode_snapshot(frame, detections),
            key=is_key,
            contents={
                str(candidate.alert_id): self.describer.describe(candidate, frame.at, detections)
                for candidate in candidates
                if candidate.alert_id is not None
            },
        )
        self.snapshots.append(snapshot)
        self._next_snapshot_at = frame.at + self.snapshot_every


def encode_snapshot(frame: Frame, detections: Detections) -> str:
    """Encode a frame as a small JPEG data URL in which nobody can be recognised."""
    size = frame.picture.size
    width = min(SNAPSHOT_WIDTH_PX, size.width)
    small = frame.picture.rgb(Size(width, round(size.height * width / size.width)))
    safe = pixelate(small, head_regions(detections))
    bgr = cv2.cvtColor(safe, cv2.COLOR_RGB2BGR)
    is_encoded, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not is_encoded:
        raise ValueError("the picture cannot be encoded")
    return "data:image/jpeg;base64," + b64encode(np.asarray(jpeg).tobytes()).decode()


def _trace_detection(detections: Detections, index: int) -> TracedObject:
    return TracedObject(
        label=detections.labels[index],
        box=tuple(round(float(side), 4) for side in detections.boxes[index]),
        score=round(float(detections.scores[index]), 3),
    )


def _trace_tracks(
    tracks: tuple[Track, ...], evaluations: list[RuleEvaluation], watched_labels: frozenset[str]
) -> tuple[TracedObject, ...]:
    inside = {subject for e in evaluations for subject in e.scene.context.entered_at}
    return tuple(
        TracedObject(
            label=track.label,
            box=_sides(track.box),
            score=round(track.score, 3),
            subject=track.subject,
            inside=track.subject in inside,
        )
        for track in tracks
        if track.label in watched_labels
    )


def _count_pixel_events(evaluation: RuleEvaluation) -> int:
    events = evaluation.scene.context.pixel_events
    single = sum(event is not None for event in (events.view_change, events.outage))
    return len(events.static_objects) + len(events.falling_objects) + len(events.fires) + single


def _trace_signal(signal: Signal) -> TracedSignal:
    return TracedSignal(
        zone=signal.zone,
        level=signal.level,
        boxes=tuple(map(_sides, signal.boxes)),
        measures={name: round(value, 3) for name, value in signal.measures.items()},
        subject=signal.subject or 0,
    )


def _trace_episode(episode: EpisodeStatus) -> TracedEpisode:
    return TracedEpisode(
        zone=episode.zone,
        held_for_s=round(episode.held_for.total_seconds(), 2),
        unseen_for_s=round(episode.unseen_for.total_seconds(), 2),
        share=round(episode.seen_share, 3),
        subject=episode.subject or 0,
        level=episode.alert.level if episode.alert else "",
    )


def _sides(box: msgspec.Struct) -> Sides:
    return tuple(round(float(side), 4) for side in msgspec.structs.astuple(box))
