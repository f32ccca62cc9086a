"""The evidence of one alert: its best snapshot, what that shows, and its clip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple, Self

from edge.evidence.evidence_writer import EvidenceWriter, RenderedSnapshot
from edge.evidence.snapshot_description import SnapshotDescriber
from edge.evidence.snapshot_quality import (
    MIN_IMPROVEMENT,
    MIN_RELATIVE_SHARPNESS,
    sharpness,
    snapshot_quality,
)
from edge.outbox.outbox import PendingUpload
from pipeline.alert import Alert, Change
from pipeline.alerting.episode import SnapshotCandidate
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.shapes import Box
from pipeline.signal import Level
from pipeline.wire import AlertMessage, Evidence, SnapshotContent
from pipeline.wire.alert import with_snapshot

MAX_EARLIER_AGE = timedelta(seconds=3)
"""How long before an alert its picture may have been taken."""
MAX_EARLIER_FRAMES = 4
"""Frames of one camera that are kept in memory for alerts that may open."""

EpisodeKey = tuple[str, str, int | None]
"""Scenario, zone and subject."""
DetectAll = Callable[[Frame], Detections]
"""Detects everything in a frame, so that every head in a published snapshot is pixelated."""


class LazySnapshot:
    """The snapshot of one frame; rendered and stored at most once, and only when needed."""

    def __init__(
        self,
        writer: EvidenceWriter,
        describer: SnapshotDescriber,
        frame: Frame,
        detect_all: DetectAll,
    ) -> None:
        self._writer, self._describer = writer, describer
        self._frame, self._detect_all = frame, detect_all
        self.uploads: list[PendingUpload] = []

    def describe(self, candidate: SnapshotCandidate) -> SnapshotContent:
        """Return what the snapshot shows of one alert."""
        return self._describer.describe(candidate, self._frame.at, self._detections)

    def count_visible(self, candidate: SnapshotCandidate) -> int:
        """Return how many of the counted objects the model detects in the frame."""
        return len(_visible(self.describe(candidate), ()))

    @cached_property
    def rendered(self) -> RenderedSnapshot:
        """The snapshot in memory, heads pixelated."""
        return self._writer.render_snapshot(self._frame, self._detections)

    @cached_property
    def _detections(self) -> Detections:
        return self._detect_all(self._frame)

    @cached_property
    def sharpness(self) -> float:
        """The sharpness of the frame; see ``snapshot_quality.sharpness``."""
        return sharpness(self._frame)

    @cached_property
    def stored(self) -> Evidence:
        """The snapshot on disk; its upload is added to ``uploads``."""
        return _store(self._writer, self.rendered, self.uploads)


class AlertView(NamedTuple):
    """A frame and what it shows of an alert; both are ``None`` where nothing was seen."""

    snapshot: LazySnapshot | None
    candidate: SnapshotCandidate | None


class EarlierFrame(NamedTuple):
    """A frame before an alert opened, and what it shows of the episode."""

    frame: Frame
    candidate: SnapshotCandidate


class EarlierFrames:
    """Of each episode that may open an alert, the newest frame that shows most of its objects.

    An alert may open in a frame in which nobody who was counted is detected.
    """

    def __init__(self) -> None:
        self._frames: dict[EpisodeKey, EarlierFrame] = {}

    def push(self, frame: Frame, candidates: Sequence[SnapshotCandidate]) -> None:
        """Take a frame; forget those that are too old, and the oldest of too many."""
        since = frame.at - MAX_EARLIER_AGE
        self._frames = {key: kept for key, kept in self._frames.items() if kept.frame.at >= since}
        for candidate in candidates:
            n_visible = len(candidate.visible_boxes)
            kept = self._frames.get(episode_key(candidate))
            n_kept = len(kept.candidate.visible_boxes) if kept else 0
            if candidate.alert_id is None and n_visible >= max(n_kept, 1):
                self._frames[episode_key(candidate)] = EarlierFrame(frame, candidate)
        newest = sorted({kept.frame.at for kept in self._frames.values()})[-MAX_EARLIER_FRAMES:]
        self._frames = {key: kept for key, kept in self._frames.items() if kept.frame.at in newest}

    def take(self, candidate: SnapshotCandidate) -> EarlierFrame | None:
        """Return the frame of the episode of a candidate, and forget it."""
        return self._frames.pop(episode_key(candidate), None)


def episode_key(candidate: SnapshotCandidate) -> EpisodeKey:
    """Return what distinguishes an episode from the others of a camera."""
    return candidate.scenario, candidate.zone, candidate.subject


class PendingSnapshot(NamedTuple):
    """A better snapshot that waits in memory for the next revision of its alert."""

    rendered: RenderedSnapshot
    content: SnapshotContent
    quality: float
    sharpness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvidence:
    """The evidence that an alert's messages have named so far.

    Args:
        level: The highest level of which a snapshot was taken.
        boxes: Bounding boxes to mark in the snapshot.
        content: What the snapshot shows; ``None`` before there is one.
        quality: The quality of the snapshot; see ``snapshot_quality``.
        pending: Replaces the snapshot in the next revision.
        last: The last message, without its sequence number.
        awaits_clip: Whether a clip is being made.
    """

    level: Level | None = None
    snapshot: Evidence | None = None
    boxes: tuple[Box, ...] = ()
    content: SnapshotContent | None = None
    quality: float = 0.0
    sharpness: float = 0.0
    pending: PendingSnapshot | None = None
    clip: Evidence | None = None
    last: AlertMessage | None = None
    awaits_clip: bool = False

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """At most one snapshot and one clip, in this order."""
        return tuple(item for item in (self.snapshot, self.clip) if item is not None)

    @property
    def next_rev(self) -> int:
        """The number of the alert's next message.

        The pipeline does not count revisions that only add evidence, so messages are numbered
        here.
        """
        return 1 if self.last is None else self.last.data.rev + 1

    @property
    def is_complete(self) -> bool:
        """Whether no further message of the alert can follow."""
        is_closed = self.last is not None and self.last.change is Change.CLOSED
        return is_closed and not self.awaits_clip

    def name_in(self, message: AlertMessage) -> AlertMessage:
        """Return a message of the alert that names this evidence."""
        return with_snapshot(message, self.evidence, boxes=self.boxes, content=self.content)

    def with_alert(
        self, alert: Alert, snapshot: LazySnapshot | None, candidate: SnapshotCandidate | None
    ) -> Self:
        """Take the snapshot of the current frame if the alert opens or its level rises.

        A snapshot that the disk has no room for does not replace an earlier one.

        Args:
            candidate: What the current frame shows of the alert.
        """
        has_risen = self.level is None or alert.level > self.level
        if alert.change is Change.CLOSED or not has_risen:
            return self
        if snapshot is None or (self.snapshot is not None and snapshot.stored.status == "shed"):
            return replace(self, level=alert.level, boxes=self.boxes or alert.boxes)
        content = snapshot.describe(candidate) if candidate else None
        return replace(
            self,
            level=alert.level,
            snapshot=snapshot.stored,
            boxes=content.counted_boxes if content else alert.boxes,
            content=content,
            quality=snapshot_quality(_visible(content, alert.boxes), alert.score),
            sharpness=snapshot.sharpness,
            pending=None,
        )

    def with_candidate(self, candidate: SnapshotCandidate, snapshot: LazySnapshot) -> Self:
        """Keep a snapshot of the alert's highest level that is clearly better than the current."""
        best = self.pending or self
        least_quality = MIN_IMPROVEMENT * best.quality
        if self.level is None or candidate.level < self.level:
            return self
        if snapshot_quality(candidate.visible_boxes, candidate.score) <= least_quality:
            return self
        if snapshot.sharpness < MIN_RELATIVE_SHARPNESS * best.sharpness:
            return self
        content = snapshot.describe(candidate)
        quality = snapshot_quality(_visible(content, ()), candidate.score)
        if quality <= least_quality:
            return self
        pending = PendingSnapshot(snapshot.rendered, content, quality, snapshot.sharpness)
        return replace(self, pending=pending)

    def with_pending_stored(self, writer: EvidenceWriter, uploads: list[PendingUpload]) -> Self:
        """Store the pending snapshot, if there is one and the disk has room, and use it.

        Args:
            uploads: The upload of the snapshot is added to this list.
        """
        pending = self.pending
        if pending is None:
            return self
        snapshot = _store(writer, pending.rendered, uploads)
        if snapshot.status == "shed":
            return replace(self, pending=None)
        return replace(
            self,
            snapshot=snapshot,
            boxes=pending.content.counted_boxes,
            content=pending.content,
            quality=pending.quality,
            sharpness=pending.sharpness,
            pending=None,
        )


def _visible(content: SnapshotContent | None, boxes: Sequence[Box]) -> Sequence[Box]:
    """Return the counted boxes that the model detected in the frame; ``boxes`` if unknown."""
    if content is None:
        return boxes
    objects = (each for each in content.objects if each.role == "counted")
    return [each.box for each in objects if each.is_visible]


def _store(
    writer: EvidenceWriter, snapshot: RenderedSnapshot, uploads: list[PendingUpload]
) -> Evidence:
    evidence, upload = writer.store_snapshot(snapshot)
    uploads += [upload] if upload else []
    return evidence
