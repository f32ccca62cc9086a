"""What an alert shows of its happening: the best picture, the clip, and where to look."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

from edge.evidence.evidence_writer import Drawn, EvidenceFolder
from edge.evidence.snapshot_quality import BLURRED, CLEARLY, sharpness, worth
from edge.outbox.outbox import PendingUpload
from pipeline.alert import Alert, Change
from pipeline.alerting.standing import SnapshotCandidate
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.shapes import Box
from pipeline.signal import Level
from pipeline.wire import AlertMessage, Evidence

Look = Callable[[Frame], Detections]
"""Finds all that is in a frame: a picture that leaves the box must hide its heads."""


class Picture:
    """The snapshot of one frame: drawn once, and kept, only if somebody wants it."""

    def __init__(self, folder: EvidenceFolder, frame: Frame, look: Look) -> None:
        self._folder, self._frame, self._look = folder, frame, look
        self.uploads: list[PendingUpload] = []

    @cached_property
    def drawn(self) -> Drawn:
        """It, with heads hidden, in memory."""
        return self._folder.draw(self._frame, self._look(self._frame))

    @cached_property
    def sharpness(self) -> float:
        """How much fine detail it has."""
        return sharpness(self._frame)

    @cached_property
    def taken(self) -> Evidence:
        """It, on the disk."""
        return _kept(self._folder, self.drawn, self.uploads)


class Better(NamedTuple):
    """A picture that shows more than the one that was told of, and waits to be told of."""

    drawn: Drawn
    boxes: tuple[Box, ...]
    worth: float
    sharpness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one alert shows.

    Args:
        level: The worst that a picture was taken of.
        boxes: Where to look in the snapshot.
        worth: How much the snapshot shows; see ``best``.
        better: Takes its place in the next revision.
        more: Revisions that told of evidence alone, and which the pipeline has not counted.
        last: The last message; without its number.
        awaits_clip: A clip is being made.
    """

    level: Level | None = None
    snapshot: Evidence | None = None
    boxes: tuple[Box, ...] = ()
    worth: float = 0.0
    sharpness: float = 0.0
    better: Better | None = None
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

    def seen(self, alert: Alert, picture: Picture | None) -> Self:
        """Take a new picture at once when the alert opens or gets worse.

        A picture that finds no room on the disk takes no other's place.
        """
        worse = self.level is None or alert.level > self.level
        if alert.change is Change.CLOSED or not worse:
            return self
        if picture is None or (self.snapshot is not None and picture.taken.status == "shed"):
            return replace(self, level=alert.level, boxes=self.boxes or alert.boxes)
        return replace(
            self,
            level=alert.level,
            snapshot=picture.taken,
            boxes=alert.boxes,
            worth=worth(alert.boxes, alert.score),
            sharpness=picture.sharpness,
            better=None,
        )

    def weighed(self, glimpse: SnapshotCandidate, picture: Picture) -> Self:
        """Remember a picture that shows clearly more of the happening, at its worst level."""
        best = self.better or self
        value = worth(glimpse.boxes, glimpse.score)
        if self.level is None or glimpse.level < self.level or value <= CLEARLY * best.worth:
            return self
        if picture.sharpness < BLURRED * best.sharpness:
            return self
        better = Better(picture.drawn, glimpse.boxes, value, picture.sharpness)
        return replace(self, better=better)

    def bettered(self, folder: EvidenceFolder, uploads: list[PendingUpload]) -> Self:
        """Show the better picture, if there is one and the disk takes it; boxes go along.

        Args:
            uploads: Gets what is to be uploaded.
        """
        better = self.better
        if better is None:
            return self
        snapshot = _kept(folder, better.drawn, uploads)
        if snapshot.status == "shed":
            return replace(self, better=None)
        return replace(
            self,
            snapshot=snapshot,
            boxes=better.boxes,
            worth=better.worth,
            sharpness=better.sharpness,
            better=None,
        )


def _kept(folder: EvidenceFolder, drawn: Drawn, uploads: list[PendingUpload]) -> Evidence:
    evidence, upload = folder.keep(drawn)
    uploads += [upload] if upload else []
    return evidence
