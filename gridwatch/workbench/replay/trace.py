"""What happened in every frame of a replay, as much as a report needs to say why."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from edge.sources.source import EndOfStream, SourceEvent
from gridwatch.workbench.replay.alert_summary import seconds_since_start
from gridwatch.workbench.replay.instrumentation import Gauge, RecordingRule, RuleEvaluation
from gridwatch.workbench.replay.playback import event_time
from gridwatch.workbench.replay.snapshots import encode_snapshot
from pipeline.alert import Alert
from pipeline.alerting.episode import EpisodeStatus
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.signal import Signal
from pipeline.track import Track
from scenarios.testing.stage import START

Numbers = tuple[float, ...]


class TracedObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An object of a frame: ``box`` is left, top, width, height."""

    label: str
    box: Numbers
    score: float
    subject: int = 0
    inside: bool = False


class TracedEpisode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a happening stood; ``level`` is that of its alert, empty for none yet."""

    zone: str
    lasted_s: float
    unseen_s: float
    share: float
    subject: int = 0
    level: str = ""


class TracedSignal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signal of the rule."""

    zone: str
    level: str
    boxes: tuple[Numbers, ...]
    measures: dict[str, float]
    subject: int = 0


class TraceEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One frame, or one gap.

    Args:
        found: Watched objects that the detector reported, the doubtful ones too.
        other: How many more objects it reported.
        seen: Confirmed tracks.
        sights: How much the pixels showed in the zones, beyond tracks.
    """

    at_s: float
    gap: bool = False
    found: tuple[TracedObject, ...] = ()
    other: int = 0
    seen: tuple[TracedObject, ...] = ()
    sights: int = 0
    said: tuple[TracedSignal, ...] = ()
    held: tuple[TracedEpisode, ...] = ()


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A picture for the page; ``key`` marks the moment of an alert."""

    at_s: float
    url: str
    key: bool


@dataclass(slots=True)
class Trace:
    """Takes notes while a recording is played.

    Args:
        detect_all: All that is in this very frame: a picture that is kept must hide it.
        snapshot_every: From one picture to the next, where nothing happens.
    """

    pipeline: CameraPipeline
    recording_rule: RecordingRule
    gauges: list[Gauge]
    watched_labels: frozenset[str]
    detect_all: Callable[[Frame], Detections]
    snapshot_every: timedelta = timedelta(seconds=1)
    entries: list[TraceEntry] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    _due: datetime = START
    _asked: list[RuleEvaluation] = field(default_factory=list)
    """A scenario that has time is not asked about each frame: what it said last stands."""

    def record_event(self, event: SourceEvent, changed: list[Alert]) -> None:
        """Note an event that the pipeline has just taken."""
        if isinstance(event, EndOfStream):
            return
        is_frame = isinstance(event, Frame)
        asked = self.recording_rule.take_evaluations() or (self._asked if is_frame else [])
        self._asked = asked
        found = self.pipeline.detections if is_frame else Detections.empty()
        tracks = self.pipeline.tracks if is_frame else ()
        for gauge in self.gauges:
            gauge.measure([each.scene for each in asked])
        watched = [i for i, label in enumerate(found.labels) if label in self.watched_labels]
        self.entries.append(
            TraceEntry(
                at_s=seconds_since_start(event_time(event)),
                gap=not is_frame,
                found=tuple(_detected(found, i) for i in watched),
                other=len(found) - len(watched),
                seen=_tracked(tracks, asked, self.watched_labels),
                sights=sum(_sights(each) for each in asked),
                said=tuple(_said(signal) for each in asked for signal in each.signals),
                held=tuple(map(_held, self.pipeline.episodes)),
            )
        )
        if isinstance(event, Frame):
            self._photograph(event, is_key=bool(changed))

    def _photograph(self, frame: Frame, *, is_key: bool) -> None:
        if is_key or frame.at >= self._due:
            at_s = seconds_since_start(frame.at)
            self.snapshots.append(
                Snapshot(at_s=at_s, url=encode_snapshot(frame, self.detect_all(frame)), key=is_key)
            )
            self._due = frame.at + self.snapshot_every


def _detected(found: Detections, index: int) -> TracedObject:
    box = tuple(round(float(side), 4) for side in found.boxes[index])
    return TracedObject(
        label=found.labels[index], box=box, score=round(float(found.scores[index]), 3)
    )


def _tracked(
    tracks: tuple[Track, ...], asked: list[RuleEvaluation], watches: frozenset[str]
) -> tuple[TracedObject, ...]:
    inside = {subject for each in asked for subject in each.scene.context.entered_at}
    return tuple(
        TracedObject(
            label=track.label,
            box=_sides(track.box),
            score=round(track.score, 3),
            subject=track.subject,
            inside=track.subject in inside,
        )
        for track in tracks
        if track.label in watches
    )


def _sights(asked: RuleEvaluation) -> int:
    sights = asked.scene.context.pixel_events
    alone = sum(one is not None for one in (sights.view_change, sights.outage))
    return len(sights.static_objects) + len(sights.falling_objects) + len(sights.fires) + alone


def _said(signal: Signal) -> TracedSignal:
    return TracedSignal(
        zone=signal.zone,
        level=signal.level,
        boxes=tuple(map(_sides, signal.boxes)),
        measures={name: round(value, 3) for name, value in signal.measures.items()},
        subject=signal.subject or 0,
    )


def _held(standing: EpisodeStatus) -> TracedEpisode:
    return TracedEpisode(
        zone=standing.zone,
        lasted_s=round(standing.held_for.total_seconds(), 2),
        unseen_s=round(standing.unseen_for.total_seconds(), 2),
        share=round(standing.seen_share, 3),
        subject=standing.subject or 0,
        level=standing.alert.level if standing.alert else "",
    )


def _sides(box: msgspec.Struct) -> Numbers:
    return tuple(round(float(side), 4) for side in msgspec.structs.astuple(box))
