"""Things that appeared or vanished and stay so: bags, rubbish, a manhole cover that is gone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import cv2
import numpy as np

from pipeline.pixels.background_model import BackgroundModel
from pipeline.pixels.change_classifier import looks_the_same, stands_out, what_became
from pipeline.pixels.masks import (
    Blob,
    OnDemand,
    Plane,
    apart,
    at_least,
    below,
    blobs,
    both,
    either,
    near,
    other,
    share,
    without,
    worth,
)
from pipeline.pixels.pixel_events import StaticObject

EVERY = timedelta(seconds=0.5)
"""How often a picture is looked at: what stays can wait."""
CHANGED = 20
"""Levels by which a pixel must differ from the scene to have changed."""
STEADY = 12
"""Levels by which a pixel may differ from the look before to be at rest."""
LIKE = 20
"""Levels by which a pixel may differ from what came to rest there to be the same thing."""
TENTHS = 10
"""Ages are kept in tenths of a second, in one byte: what is older counts as 25.5 s."""
SMALLEST = 14
"""Pixels of 320 x 180: at 12 m a handbag in a usual street view."""
REACH = np.ones((5, 5), np.uint8)
"""What lies closer together is one thing."""
LARGEST = 0.15
"""Part of the frame; what is larger is no thing but another light, or another view."""
SHAKEN = 0.4
"""Part of the scene that must change at once to be another view."""


@dataclass(frozen=True, slots=True)
class _Known:
    still: StaticObject
    blob: Blob


class StaticObjectDetector:
    """Compare the scene of long ago with what has come to rest since.

    A pixel ages while it differs from the scene, is at rest, and looks the same; hidden by
    a mover it keeps its age, and it loses it fast once the scene is back. When a lamp goes
    on or off, what rests goes on resting, and all else becomes the scene. After a hole in
    the pictures it goes on where it was. When the view itself changes, all is forgotten
    and the scene learned anew.

    Args:
        settle: How long a thing must be at rest to be one.
        absorb: After how long it belongs to the scene, and is no longer told of.
    """

    def __init__(
        self,
        *,
        settle: timedelta = timedelta(seconds=3),
        absorb: timedelta = timedelta(hours=1),
    ) -> None:
        self._settle, self._absorb = settle, absorb
        self._least_age = round(settle.total_seconds() * TENTHS)
        self._next = 1
        self._last: datetime | None = None
        self._begin()

    def push(self, at: datetime, grey: Plane, busy: OnDemand) -> tuple[StaticObject, ...]:
        """Take a picture and a mask of where movers are in it.

        Returns:
            All things at rest, in order of their numbers; none while the scene is learned.
        """
        if self._last is not None and at - self._last < EVERY:
            return self._stills
        step = min(at - self._last, 2 * EVERY) if self._last else EVERY
        self._last = at
        if not self._scene.ready:
            if self._scene.learn(at, grey, busy()):
                self._previous, self._resting = grey, grey.copy()
                self._age = np.zeros_like(grey)
                self._quiet = other(busy())
            return ()
        self._look(at, grey, other(busy()), step)
        return self._stills

    @property
    def _stills(self) -> tuple[StaticObject, ...]:
        return tuple(known.still for known in self._found)

    def _begin(self) -> None:
        self._scene = BackgroundModel()
        self._found: list[_Known] = []
        self._shaken = timedelta()

    def _look(self, at: datetime, grey: Plane, free: Plane, step: timedelta) -> None:
        scene = self._scene.in_light_of(grey, self._quiet)
        if self._scene.is_relit():
            self._relight(grey, scene, free)
            return
        changed = both(free, apart(grey, scene, by=CHANGED))
        if share(changed) > SHAKEN:
            self._shaken += step
            if self._shaken >= self._settle:
                self._begin()
            return
        self._shaken = timedelta()
        changed = either(changed, without(free, self._scene.known))
        self._quiet = without(free, changed)
        if cv2.countNonZero(changed) or cv2.countNonZero(self._age):
            self._grow_older(grey, changed, round(step / timedelta(seconds=1 / TENTHS)))
        self._scene.follow(at, grey, self._quiet)
        self._previous = grey
        settled = at_least(self._age, self._least_age)
        self._uncover(settled)
        found = self._named(at, settled, scene) if cv2.countNonZero(settled) else ()
        self._found = sorted(found, key=lambda known: known.still.subject)

    def _relight(self, grey: Plane, scene: Plane, free: Plane) -> None:
        """Go on in another light; what rests already goes on resting."""
        resting = at_least(self._age, self._least_age)
        self._scene.relight(scene, grey, without(free, resting))
        cv2.copyTo(grey, both(free, resting), self._resting)
        self._previous = grey

    def _grow_older(self, grey: Plane, changed: Plane, tenths: int) -> None:
        here = both(changed, near(grey, self._previous, by=STEADY))
        like = both(here, near(grey, self._resting, by=LIKE))
        cv2.add(self._age, worth(like, tenths), dst=self._age)
        cv2.subtract(self._age, worth(without(here, like), tenths), dst=self._age)
        cv2.subtract(self._age, worth(self._quiet, 3 * tenths), dst=self._age)
        cv2.copyTo(grey, both(here, below(self._age, 1)), self._resting)

    def _uncover(self, settled: Plane) -> None:
        """Learn what movers hid from the beginning, once it has shown itself."""
        unknown = without(settled, self._scene.known)
        if cv2.countNonZero(unknown):
            self._scene.adopt(self._resting, unknown)
            self._age[unknown > 0] = 0

    def _named(self, at: datetime, settled: Plane, scene: Plane) -> Iterator[_Known]:
        """Give each region its thing: the one that lay there, or a new one."""
        closed = cv2.morphologyEx(settled, cv2.MORPH_CLOSE, REACH)
        region = np.asarray(closed, np.uint8)
        most = int(LARGEST * settled.size)
        regions = blobs(region, least=SMALLEST, most=most)
        left = list(self._found)
        for blob in regions:
            mask = blob.only(region)
            known = next((k for k in left if _overlap(k.blob, blob)), None)
            if known is not None:
                left.remove(known)
                if at - known.still.since >= self._absorb:
                    self._take_in(mask)
                else:
                    still = replace(known.still, box=blob.box(settled.shape))
                    yield _Known(still, blob)
            elif not looks_the_same(scene, self._resting, mask, blob.inside):
                yield _Known(self._new(at, blob, mask, scene), blob)

    def _new(self, at: datetime, blob: Blob, mask: Plane, scene: Plane) -> StaticObject:
        self._next += 1
        return StaticObject(
            subject=self._next - 1,
            box=blob.box(mask.shape),
            score=stands_out(scene, self._resting, mask),
            since=at - self._settle,
            change=what_became(scene, self._resting, mask),
        )

    def _take_in(self, mask: Plane) -> None:
        self._scene.adopt(self._resting, mask)
        self._age[mask > 0] = 0


def _overlap(a: Blob, b: Blob) -> bool:
    """Whether half of the smaller rectangle lies in the other."""
    wide = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    tall = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    least = min(a.width * a.height, b.width * b.height)
    return wide > 0 and tall > 0 and wide * tall >= least / 2
