"""What an alert shows of its happening: the newest picture, the clip, and where to look."""

from dataclasses import dataclass, replace
from typing import Self

from edge.evidence import EvidenceFolder
from edge.outbox import Upload
from pipeline.alert import Alert, Change
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry import Box
from pipeline.signal import Level
from pipeline.wire import AlertMessage, Evidence


class Picture:
    """The snapshot of one frame, made once, and only if somebody wants it."""

    def __init__(
        self, folder: EvidenceFolder, frame: Frame | None, found: Detections | None
    ) -> None:
        self._folder, self._frame = folder, frame
        self._found = found if found is not None else Detections.none()
        self._evidence: Evidence | None = None
        self.uploads: list[Upload] = []

    def taken(self) -> Evidence | None:
        """Take it; ``None`` where there is no frame."""
        if self._evidence is None and self._frame is not None:
            self._evidence, upload = self._folder.snapshot(self._frame, self._found)
            self.uploads += [upload] if upload else []
        return self._evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one alert shows.

    Args:
        level: The worst that a picture was taken of.
        more: Revisions that told of evidence alone, and which the pipeline has not counted.
        last: The last message; without its number.
        awaits_clip: A clip is being made.
    """

    level: Level | None = None
    snapshot: Evidence | None = None
    boxes: tuple[Box, ...] = ()
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

    def seen(self, alert: Alert, picture: Picture) -> Self:
        """Take a new picture when the alert opens or gets worse; boxes fit the picture shown.

        A picture that finds no room on the disk takes no other's place.
        """
        worse = self.level is None or alert.level > self.level
        if alert.change is Change.CLOSED or not worse:
            return self
        taken = picture.taken()
        if taken is None or (self.snapshot is not None and taken.status == "shed"):
            return replace(self, level=alert.level, boxes=self.boxes or alert.boxes)
        return replace(self, level=alert.level, snapshot=taken, boxes=alert.boxes)
