"""Add up which moving objects a camera has explained, by hour of the day, over restarts.

What is kept is small: the objects of the last hour, two numbers for each hour of the day, and what
the image looks like. It depends on the detector, so that another one starts anew.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import cv2
import msgspec
import numpy as np

from pipeline.frame import Pixels
from pipeline.geometry.boxes import Float32Array

WINDOW = timedelta(hours=1)
"""How far back the estimate looks."""
MAX_OBJECTS = 500
"""Objects within the window that are counted; more do not change the estimate."""
MAX_SAVED_AGE = timedelta(days=7)
"""Shares by hour that are older say little: seasons, leaves and lamps have changed."""
SMALL_PX = 5
"""Up to this longer side a model with an input of 416 has less than 16 pixels to go by."""
MIN_SMALL_OBJECTS = 20
"""Small objects say nothing about the detector until there are so many that they are the rule."""
BLIND_SHARE = 0.5
"""With more than half of the objects unexplained, the detector does not see."""
CONFIDENCE_Z = 1.645
"""The share must exceed that with 95 % confidence, one-sided: three objects of three suffice."""
IMAGE_WEIGHT = 0.2
"""Weight of the last image in the average of what it looks like."""
DARK_LEVEL, GLARE_SHARE, FLAT_CONTRAST = 60.0, 0.04, 12.0
"""Mean level, share of saturated pixels, and mean local contrast in levels, that tell a cause."""


class BlindCause(StrEnum):
    """Why the detector probably does not see."""

    DARK = "dark"
    GLARE = "glare"
    TOO_SMALL = "too_small"
    LOW_CONTRAST = "low_contrast"
    """Rain, fog, or a dirty lens."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionCoverage:
    """How well the detector sees, over the last hour.

    Args:
        objects: Moving objects that were followed.
        unexplained: Those without a detection or track.
        cause: ``None`` unless the detector misses most objects.
        by_hour: For each hour of the day in UTC, the share of unexplained objects.
    """

    objects: int = 0
    unexplained: int = 0
    cause: BlindCause | None = None
    by_hour: dict[int, float] = field(default_factory=dict)

    @property
    def unexplained_share(self) -> float | None:
        """Share of unexplained objects, 0 to 1; ``None`` without objects."""
        return self.unexplained / self.objects if self.objects else None


class CountedObject(msgspec.Struct, frozen=True, kw_only=True):
    """A moving object, when it was counted, and its longer side at the size of the motion gate."""

    at: datetime
    is_explained: bool
    size_px: float


class SavedCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """What a history holds, as it is written to disk.

    Args:
        at: Time of the last frame.
        model: SHA-256 of the detector; a history of another one is not used.
        counted: The objects of the last hour.
        hours: For each hour of the day in UTC, objects and those of them without a detection.
        look: Mean level, share of saturated pixels, and mean local contrast of the image.
    """

    at: datetime
    model: str
    counted: list[CountedObject]
    hours: dict[int, tuple[float, float]]
    look: tuple[float, float, float] | None


class CoverageHistory:
    """The moving objects of one camera that were counted."""

    def __init__(self) -> None:
        self._counted: deque[CountedObject] = deque(maxlen=MAX_OBJECTS)
        self._hours: dict[int, tuple[float, float]] = {}
        self._look: Float32Array | None = None
        self._saved: SavedCoverage | None = None
        self.coverage = DetectionCoverage()

    def push(self, at: datetime, grey: Pixels, objects: Sequence[CountedObject]) -> None:
        """Count the objects of a frame, often none."""
        if self._saved is not None:
            self._restore(at, self._saved)
        if not objects:
            return
        look = _describe_image(grey)
        self._look = look if self._look is None else self._look + IMAGE_WEIGHT * (look - self._look)
        self._counted += objects
        hour = at.astimezone(UTC).hour
        for each in objects:
            count, missed = self._hours.get(hour, (0.0, 0.0))
            count, missed = count + 1, missed + (not each.is_explained)
            is_full = count > MAX_OBJECTS
            self._hours[hour] = (count / 2, missed / 2) if is_full else (count, missed)
        self._update(at)

    def restore(self, data: bytes, *, model: str) -> None:
        """Continue with a saved history at the next frame, unless that is older.

        So a recording that is played again gives equal alerts. What another version has written
        in another form, or another model has seen, is not used.
        """
        try:
            saved = msgspec.msgpack.decode(data, type=SavedCoverage)
        except msgspec.DecodeError:
            return
        self._saved = saved if saved.model == model else None

    def save(self, at: datetime, *, model: str) -> bytes | None:
        """Return what is known; ``None`` if that is nothing."""
        if not self._hours:
            return None
        look = None if self._look is None else tuple(self._look.tolist())
        saved = SavedCoverage(
            at=at, model=model, counted=list(self._counted), hours=dict(self._hours), look=look
        )
        return msgspec.msgpack.encode(saved)

    def _restore(self, at: datetime, saved: SavedCoverage) -> None:
        self._saved = None
        if not timedelta(0) <= at - saved.at <= MAX_SAVED_AGE:
            return
        self._counted.extend(saved.counted)
        self._hours.update(saved.hours)
        self._look = None if saved.look is None else np.array(saved.look, np.float32)
        self._update(at)

    def _update(self, at: datetime) -> None:
        """Estimate from the objects of the last hour."""
        while self._counted and at - self._counted[0].at > WINDOW:
            self._counted.popleft()
        counted = list(self._counted)
        if sum(each.size_px <= SMALL_PX for each in counted) < MIN_SMALL_OBJECTS:
            counted = [each for each in counted if each.size_px > SMALL_PX]
        unexplained = [each.size_px for each in counted if not each.is_explained]
        is_blind = lower_bound(len(unexplained), len(counted)) > BLIND_SHARE
        self.coverage = DetectionCoverage(
            objects=len(counted),
            unexplained=len(unexplained),
            cause=_cause(self._look, float(np.median(unexplained))) if is_blind else None,
            by_hour={hour: missed / n for hour, (n, missed) in sorted(self._hours.items())},
        )


def lower_bound(k: int, n: int) -> float:
    """Return the lower bound of a share of ``k`` out of ``n`` (Wilson, JASA 22, 1927)."""
    if not n:
        return 0.0
    z2, p = CONFIDENCE_Z**2, k / n
    spread = CONFIDENCE_Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return (p + z2 / (2 * n) - spread) / (1 + z2 / n)


def _describe_image(grey: Pixels) -> Float32Array:
    """Return mean level, share of saturated pixels, and mean local contrast in levels."""
    contrast = cv2.absdiff(grey, cv2.blur(grey, (7, 7))).mean()
    return np.array([grey.mean(), (grey >= 250).mean(), contrast], np.float32)


def _cause(look: Float32Array | None, size_px: float) -> BlindCause:
    if look is None:
        return BlindCause.UNKNOWN
    level, saturated, contrast = look.tolist()
    if level < DARK_LEVEL:
        return BlindCause.DARK
    if saturated > GLARE_SHARE:
        return BlindCause.GLARE
    if size_px <= SMALL_PX:
        return BlindCause.TOO_SMALL
    if contrast < FLAT_CONTRAST:
        return BlindCause.LOW_CONTRAST
    return BlindCause.UNKNOWN
