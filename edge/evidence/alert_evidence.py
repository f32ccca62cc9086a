"""What an alert shows of its happening: the best picture, the clip, and where to look."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

from edge.evidence.evidence_writer import EvidenceWriter, RenderedSnapshot
from edge.evidence.snapshot_quality import (
    MIN_IMPROVEMENT,
    MIN_RELATIVE_SHARPNESS,
    sharpness,
    snapshot_quality,
)
from edge.outbox.outbox import PendingUpload
from pipeline.alert import Alert, Change
from pipeline.alerting.standing import SnapshotCandidate
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.shapes import Box
from pipeline.signal import Level
from pipeline.wire import AlertMessage, Evidence

DetectAll = Callable[[Frame], Detections]
"""Finds all that is in a frame: a picture that leaves the box must hide its heads."""


class LazySnapshot:
    """The snapshot of one frame: drawn once, and kept, only if somebody wants it."""

    def __init__(self, writer: EvidenceWriter, frame: Frame, detect_all: DetectAll) -> None:
        self._folder, self._frame, self._look = writer, frame, detect_all
        self.uploads: list[PendingUpload] = []

    @cached_property
    def rendered(self) -> RenderedSnapshot:
        """It, with heads hidden, in memory."""
        return self._folder.render_snapshot(self._frame, self._look(self._frame))

    @cached_property
    def sharpness(self) -> float:
        """How much fine detail it has."""
        return sharpness(self._frame)

    @cached_property
    def stored(self) -> Evidence:
        """It, on the disk."""
        return _kept(self._folder, self.rendered, self.uploads)


class PendingSnapshot(NamedTuple):
    """A picture that shows more than the one that was told of, and waits to be told of."""

    rendered: RenderedSnapshot
    boxes: tuple[Box, ...]
    quality: float
    sharpness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvidence:
    """What one alert shows.

    Args:
        level: The worst that a picture was taken of.
        boxes: Where to look in the snapshot.
        quality: How much the snapshot shows; see ``best``.
        pending: Takes its place in the next revision.
        more: Revisions that told of evidence alone, and which the pipeline has not counted.
        last: The last message; without its number.
        awaits_clip: A clip is being made.
    """

    level: Level | None = None
    snapshot: Evidence | None = None
    boxes: tuple[Box, ...] = ()
    quality: float = 0.0
    sharpness: float = 0.0
    pending: PendingSnapshot | None = None
    clip: Evidence | None = None
    more: int = 0
    last: AlertMessage | None = None
    awaits_clip: bool = False

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """At most one picture and one clip, in this order."""
        return tuple(each for each in (self.snapshot, self.clip) if each is not None)

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be told."""
        is_closed = self.last is not None and self.last.change is Change.CLOSED
        return is_closed and not self.awaits_clip

    def with_alert(self, alert: Alert, snapshot: LazySnapshot | None) -> Self:
        """Take a new picture at once when the alert opens or gets worse.

        A picture that finds no room on the disk takes no other's place.
        """
        worse = self.level is None or alert.level > self.level
        if alert.change is Change.CLOSED or not worse:
            return self
        if snapshot is None or (self.snapshot is not None and snapshot.stored.status == "shed"):
            return replace(self, level=alert.level, boxes=self.boxes or alert.boxes)
        return replace(
            self,
            level=alert.level,
            snapshot=snapshot.stored,
            boxes=alert.boxes,
            quality=snapshot_quality(alert.boxes, alert.score),
            sharpness=snapshot.sharpness,
            pending=None,
        )

    def with_candidate(self, candidate: SnapshotCandidate, snapshot: LazySnapshot) -> Self:
        """Remember a picture that shows clearly more of the happening, at its worst level."""
        best = self.pending or self
        value = snapshot_quality(candidate.boxes, candidate.score)
        if (
            self.level is None
            or candidate.level < self.level
            or value <= MIN_IMPROVEMENT * best.quality
        ):
            return self
        if snapshot.sharpness < MIN_RELATIVE_SHARPNESS * best.sharpness:
            return self
        better = PendingSnapshot(snapshot.rendered, candidate.boxes, value, snapshot.sharpness)
        return replace(self, pending=better)

    def with_pending_stored(self, writer: EvidenceWriter, uploads: list[PendingUpload]) -> Self:
        """Show the better picture, if there is one and the disk takes it; boxes go along.

        Args:
            uploads: Gets what is to be uploaded.
        """
        better = self.pending
        if better is None:
            return self
        snapshot = _kept(writer, better.rendered, uploads)
        if snapshot.status == "shed":
            return replace(self, pending=None)
        return replace(
            self,
            snapshot=snapshot,
            boxes=better.boxes,
            quality=better.quality,
            sharpness=better.sharpness,
            pending=None,
        )


def _kept(
    folder: EvidenceWriter, drawn: RenderedSnapshot, uploads: list[PendingUpload]
) -> Evidence:
    evidence, upload = folder.store_snapshot(drawn)
    uploads += [upload] if upload else []
    return evidence
