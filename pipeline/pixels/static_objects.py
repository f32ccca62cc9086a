"""Find objects that appeared or disappeared and stay so: bags, rubbish, a missing manhole cover."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import cv2
import numpy as np

from pipeline.pixels.background_model import TICKS_PER_S, BackgroundModel
from pipeline.pixels.change_classifier import classify_change, contrast, is_same_surface
from pipeline.pixels.masks import (
    Blob,
    LazyMask,
    Plane,
    at_least,
    below,
    differs,
    find_blobs,
    mask_and,
    mask_minus,
    mask_not,
    similar,
    with_value,
)
from pipeline.pixels.pixel_events import StaticChange, StaticObject

IMAGE_SHAPE = (180, 320)
INTERVAL = timedelta(seconds=0.5)
"""Interval between two analysed images: what stays can wait."""
SETTLE = timedelta(seconds=3)
"""How long an object must be at rest before it is reported."""
MIN_CHANGE = 20
"""Levels by which a pixel must differ from the background to have changed."""
MAX_MOTION = 12
"""Levels by which a pixel at rest may differ from the previous image."""
MAX_DRIFT = 20
"""Levels by which a pixel may differ from what came to rest there to be the same object."""
MIN_OBJECT_PX = 14
"""Pixels of 320 x 180: a handbag at 12 m in a usual street view."""
MAX_OBJECT_SHARE = 0.15
"""Share of the frame; a larger region is a change of light or view."""
CLOSING = np.ones((5, 5), np.uint8)
"""Regions nearer to each other are one object."""
MAX_CHANGED_SHARE = 0.4
"""Share of the background that changes at once when the view changes."""
MIN_VIEW_PX = 5760
"""A tenth of the frame: of less background nobody can say that the view has changed."""


@dataclass(frozen=True, slots=True)
class _Located:
    static_object: StaticObject
    blob: Blob


class StaticObjectDetector:
    """Compare the background with what has come to rest since.

    A pixel ages while it differs from the background, is at rest, and looks the same; while a
    mover hides it, it keeps its age, and it loses it fast once the background is back. When a
    lamp is switched, objects at rest remain, and everything else becomes background. After a
    stream gap it continues where it was. When the view changes, everything is learned anew. What
    vanishes within 20 s after it was learned was somebody who stood there, and is not
    reported.

    Args:
        settle: How long an object must be at rest before it is reported.
        absorb: After how long an object becomes background and is no longer reported.
    """

    def __init__(
        self,
        *,
        settle: timedelta = SETTLE,
        absorb: timedelta = timedelta(hours=1),
    ) -> None:
        self._settle, self._absorb = settle, absorb
        self._min_age = round(settle.total_seconds() * TICKS_PER_S)
        self._next, self._is_new = 1, True
        self._previous: Plane = np.zeros(IMAGE_SHAPE, np.uint8)
        self._resting: Plane = self._previous
        self._last: datetime | None = None
        self._restart()

    def push(self, at: datetime, grey: Plane, movers: LazyMask) -> tuple[StaticObject, ...]:
        """Analyse an image, if one is due.

        Args:
            at: Capture time.
            grey: The smoothed image.
            movers: Where movers hide the scene.

        Returns:
            All objects at rest, in order of their numbers; none while the background is learned.
        """
        if self._last is not None and at - self._last < INTERVAL:
            return self._objects
        step = min(at - self._last, 2 * INTERVAL) if self._last else INTERVAL
        self._last = at
        if self._is_new:
            self._is_new = False
            self._previous, self._resting = grey, grey.copy()
        self._analyse(at, grey, mask_not(movers()), step)
        return self._objects

    @property
    def background(self) -> BackgroundModel:
        """The scene without objects, as far as it is known."""
        return self._background

    @property
    def _objects(self) -> tuple[StaticObject, ...]:
        return tuple(located.static_object for located in self._located)

    def _restart(self) -> None:
        self._background = BackgroundModel(IMAGE_SHAPE)
        self._is_new = True
        self._age: Plane = np.zeros(IMAGE_SHAPE, np.uint8)
        self._quiet: Plane = np.full(IMAGE_SHAPE, 255, np.uint8)
        self._located: list[_Located] = []
        self._view_changed_for = timedelta()

    def _analyse(self, at: datetime, grey: Plane, free: Plane, step: timedelta) -> None:
        background = self._background.matched_to(grey, self._quiet)
        if self._background.is_relit():
            self._relight(grey, background, free)
            return
        visible = mask_and(free, self._background.known)
        changed = mask_and(visible, differs(grey, background, by=MIN_CHANGE))
        view_px = max(cv2.countNonZero(visible), MIN_VIEW_PX)
        if cv2.countNonZero(changed) > MAX_CHANGED_SHARE * view_px:
            self._view_changed_for += step
            if self._view_changed_for >= self._settle:
                self._restart()
            return
        self._view_changed_for = timedelta()
        self._background.learn(grey, free, step)
        self._quiet = mask_minus(visible, changed)
        if cv2.countNonZero(changed) or cv2.countNonZero(self._age):
            self._update_ages(grey, changed, round(step / timedelta(seconds=1 / TICKS_PER_S)))
        self._background.follow(at, grey, self._quiet)
        self._previous = grey
        settled = at_least(self._age, self._min_age)
        located = self._identify(at, settled, background) if cv2.countNonZero(settled) else ()
        self._located = sorted(located, key=lambda each: each.static_object.subject)

    def _relight(self, grey: Plane, background: Plane, free: Plane) -> None:
        """Continue in a new light; objects at rest remain."""
        resting = at_least(self._age, self._min_age)
        self._background.relight(background, grey, mask_minus(free, resting))
        cv2.copyTo(grey, mask_and(free, resting), self._resting)
        self._previous = grey

    def _update_ages(self, grey: Plane, changed: Plane, ticks: int) -> None:
        at_rest = mask_and(changed, similar(grey, self._previous, within=MAX_MOTION))
        same = mask_and(at_rest, similar(grey, self._resting, within=MAX_DRIFT))
        cv2.add(self._age, with_value(same, ticks), dst=self._age)
        cv2.subtract(self._age, with_value(mask_minus(at_rest, same), ticks), dst=self._age)
        cv2.subtract(self._age, with_value(self._quiet, 3 * ticks), dst=self._age)
        cv2.copyTo(grey, mask_and(at_rest, below(self._age, 1)), self._resting)

    def _identify(self, at: datetime, settled: Plane, background: Plane) -> Iterator[_Located]:
        """Yield the object of each settled region: the one that was there, or a new one."""
        regions = np.asarray(cv2.morphologyEx(settled, cv2.MORPH_CLOSE, CLOSING), np.uint8)
        max_px = int(MAX_OBJECT_SHARE * settled.size)
        left = list(self._located)
        for blob in find_blobs(regions, min_px=MIN_OBJECT_PX, max_px=max_px):
            mask = blob.crop(regions)
            known = next((each for each in left if _is_same_place(each.blob, blob)), None)
            if known is not None:
                left.remove(known)
                if at - known.static_object.since >= self._absorb:
                    self._absorb_region(mask)
                else:
                    box = blob.box(settled.shape)
                    yield _Located(replace(known.static_object, box=box), blob)
            elif not is_same_surface(background, self._resting, mask, blob.slices):
                created = self._create(at, blob, mask, background)
                if created.change is StaticChange.APPEARED or self._background.is_confirmed(mask):
                    self._next += 1
                    yield _Located(created, blob)
                else:
                    self._absorb_region(mask)

    def _create(self, at: datetime, blob: Blob, mask: Plane, background: Plane) -> StaticObject:
        return StaticObject(
            subject=self._next,
            box=blob.box(mask.shape),
            score=contrast(background, self._resting, mask),
            since=at - self._settle,
            change=classify_change(background, self._resting, mask),
        )

    def _absorb_region(self, mask: Plane) -> None:
        self._background.replace(self._resting, mask)
        self._age[mask > 0] = 0


def _is_same_place(a: Blob, b: Blob) -> bool:
    """Return whether half of the smaller rectangle lies in the other."""
    width = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    height = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    smaller = min(a.width * a.height, b.width * b.height)
    return width > 0 and height > 0 and width * height >= smaller / 2
