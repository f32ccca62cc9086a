"""Flames and smoke by colour, growth and flicker. Experimental: look before you act.

No network is behind this. It knows flames by their colour and unrest, and smoke by the grey
veil that it lays over the detail behind it; both must stay in their place.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Pixels
from pipeline.pixels.background_model import BackgroundModel
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
    other,
    without,
)
from pipeline.pixels.pixel_events import Fire, FireKind

SIZE = (160, 90)
CHANGED = 15
"""Levels by which a pixel must differ from the scene."""
SMALLEST = {FireKind.FLAME: 10, FireKind.SMOKE: 60}
"""Pixels of 160 x 90."""
UNREST = {FireKind.FLAME: 6.0, FireKind.SMOKE: 1.5}
"""Mean change from picture to picture, in levels, that a fire has at least."""
GROWS = {FireKind.FLAME: 1.3, FireKind.SMOKE: 1.5}
"""How many times its first size a fire reaches before nothing more is asked of its growth."""
EVERY = timedelta(seconds=0.5)
"""How often a picture is looked at: flames are others in each, and what burns goes on burning."""
LINGERS = timedelta(seconds=2)
"""Time constant of what counts as staying in its place."""
OFTEN = 0.45
"""Part of that time in which a pixel must look like fire."""
TRACE = 1.0
"""What is less, of 255, is no memory of fire: a place is forgotten long before."""
SPREAD = np.ones((3, 3), np.uint8)
"""How far a place reaches over the pixels that burn."""
FORGOTTEN = timedelta(seconds=3)
"""A place that has not burned for so long is no longer the same fire."""

BRIGHT = 160
"""Least red of a flame, levels."""
WARM = 60
"""Levels by which its red is above its blue."""
PALE = 32
"""Levels by which the channels of smoke may differ."""
DARKEST, LIGHTEST = 60, 235
"""Between them lies smoke."""
DETAIL = 6
"""Levels by which a pixel must differ from those around to be detail."""


@dataclass(slots=True)
class _Place:
    number: int
    blob: Blob
    first_area: int
    since: datetime
    seen: datetime


class _Kind:
    """Where it looks like one kind of fire most of the time."""

    def __init__(self, burning: FireKind) -> None:
        self.burning = burning
        self.often: NDArray[np.float32] = np.zeros(SIZE[::-1], np.float32)
        self.lingers = False
        self.places: list[_Place] = []

    def push(self, at: datetime, mask: Plane, weight: float) -> None:
        """Take where it looks so now; go on with known places, add new ones."""
        if not self.lingers and not cv2.countNonZero(mask):
            return
        cv2.accumulateWeighted(mask, self.often, weight)
        self.lingers = cv2.norm(self.often, cv2.NORM_INF) > TRACE
        stays = cv2.threshold(self.often, OFTEN * 255, 255, cv2.THRESH_BINARY)[1]
        whole = cv2.dilate(stays, SPREAD)
        regions = blobs(np.asarray(whole, np.uint8), least=SMALLEST[self.burning])
        self.places = list(self._named(at, regions))

    def _named(self, at: datetime, regions: list[Blob]) -> Iterator[_Place]:
        known = [place for place in self.places if at - place.seen <= FORGOTTEN]
        for blob in regions:
            place = next((p for p in known if _touch(p.blob, blob)), None)
            if place is None:
                place = _Place(0, blob, blob.area, at, at)
            else:
                known.remove(place)
                place.blob, place.seen = blob, at
            yield place
        yield from known


class FireDetector:
    """Find what has the look of a fire, stays in its place and does not rest.

    The scene is learned for half a minute, and what burns while a lamp goes on or off
    belongs to it; afterwards a hole of more than three seconds
    forgets what burned, and keeps the scene.
    """

    def __init__(self) -> None:
        self._scene = BackgroundModel()
        self._before: Plane | None = None
        self._last: datetime | None = None
        self._weight = 0.0
        self._quiet: Plane = np.full(SIZE[::-1], 255, np.uint8)
        self._unrest: NDArray[np.float32] = np.zeros(SIZE[::-1], np.float32)
        self._kinds = [_Kind(burning) for burning in FireKind]
        self._next = 1
        self._fires: tuple[Fire, ...] = ()

    def push(
        self, at: datetime, grey: Plane, busy: OnDemand, *, colours: Callable[[], Pixels]
    ) -> tuple[Fire, ...]:
        """Take a picture without its colours, and a mask of where movers are in it.

        Args:
            colours: Gives the same picture with its colours; asked where anything has changed.

        Returns:
            What burns, in order of its numbers; none while the scene is learned.
        """
        if self._last is None or at - self._last >= EVERY:
            hidden = cv2.resize(busy(), SIZE, interpolation=cv2.INTER_NEAREST)
            self._take(at, _small(grey), np.asarray(hidden, np.uint8), colours=colours)
        return self._fires

    def _take(
        self, at: datetime, grey: Plane, hidden: Plane, *, colours: Callable[[], Pixels]
    ) -> None:
        self._tick(at, grey)
        if self._scene.ready or self._scene.learn(at, grey, hidden):
            self._look(at, grey, hidden, colours=colours)
            fires = (fire for kind in self._kinds for fire in self._told(at, kind))
            self._fires = tuple(sorted(fires, key=lambda fire: fire.subject))

    def _tick(self, at: datetime, grey: Plane) -> None:
        """Note what a picture weighs by its time, and how much has changed since the last."""
        last, self._last = self._last or at, at
        before = grey if self._before is None else self._before
        self._weight, self._before = min((at - last) / LINGERS, 1.0), grey
        cv2.accumulateWeighted(cv2.absdiff(grey, before), self._unrest, self._weight)

    def _look(
        self, at: datetime, grey: Plane, hidden: Plane, *, colours: Callable[[], Pixels]
    ) -> None:
        scene = self._scene.in_light_of(grey, self._quiet)
        if self._scene.is_relit():
            self._scene.relight(scene, grey, other(hidden))
            return
        changed = apart(grey, scene, by=CHANGED)
        new = without(both(changed, self._scene.known), hidden)
        flames = smoke = new
        if cv2.countNonZero(new):  # mostly nothing is, and colours cost more than all before
            rgb = _small(colours())
            flames = both(new, flame_coloured(rgb))
            smoke = both(new, both(smoke_coloured(rgb, grey), veiled(scene, grey)))
        for kind, mask in zip(self._kinds, (flames, smoke), strict=True):
            kind.push(at, mask, self._weight)
        self._quiet = other(either(changed, hidden))
        self._scene.follow(at, grey, self._quiet)

    def _told(self, at: datetime, kind: _Kind) -> Iterator[Fire]:
        for place in kind.places:
            flicker = float(self._unrest[place.blob.inside].mean())
            if place.seen == at and flicker >= UNREST[kind.burning]:
                if not place.number:
                    place.number, self._next = self._next, self._next + 1
                yield _fire(kind.burning, place, flicker)


def _small(picture: Pixels) -> Pixels:
    """A picture with four of its pixels in each of its own."""
    return np.asarray(cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def _fire(burning: FireKind, place: _Place, flicker: float) -> Fire:
    growth = place.blob.area / place.first_area
    restless = min(flicker / (2 * UNREST[burning]), 1.0)
    grown = min(max(growth - 1, 0.0) / (GROWS[burning] - 1), 1.0)
    wide, tall = SIZE
    return Fire(
        subject=place.number,
        box=place.blob.box((tall, wide)),
        score=(restless + grown) / 2,
        since=place.since,
        kind=burning,
        area=place.blob.area / (wide * tall),
        growth=growth,
        flicker=flicker,
    )


def _touch(a: Blob, b: Blob) -> bool:
    """Whether the middle of one lies in the other's rectangle."""
    return _holds(a, b) or _holds(b, a)


def _holds(a: Blob, b: Blob) -> bool:
    return a.left <= b.x <= a.left + a.width and a.top <= b.y <= a.top + a.height


def flame_coloured(rgb: Pixels) -> Plane:
    """Where it is bright, and red over green over blue."""
    red, green, blue = cv2.split(rgb)
    ordered = cv2.bitwise_and(
        cv2.compare(red, green, cv2.CMP_GT), cv2.compare(green, blue, cv2.CMP_GT)
    )
    warm = at_least(np.asarray(cv2.subtract(red, blue), np.uint8), WARM)
    bright = at_least(np.asarray(red, np.uint8), BRIGHT)
    return both(both(np.asarray(ordered, np.uint8), warm), bright)


def smoke_coloured(rgb: Pixels, grey: Plane) -> Plane:
    """Where it has no colour, and is neither dark nor glaring."""
    red, green, blue = cv2.split(rgb)
    most = cv2.max(cv2.max(red, green), blue)
    least = cv2.min(cv2.min(red, green), blue)
    pale = below(np.asarray(cv2.subtract(most, least), np.uint8), PALE)
    return both(pale, both(at_least(grey, DARKEST), below(grey, LIGHTEST)))


def veiled(scene: Plane, grey: Plane) -> Plane:
    """Where the detail of the scene has faded, and around there."""
    was, now = (cv2.absdiff(plane, cv2.blur(plane, (5, 5))) for plane in (scene, grey))
    fine = at_least(np.asarray(was, np.uint8), DETAIL)
    faded = cv2.compare(np.asarray(was), cv2.add(now, now), cv2.CMP_GT)
    veil = both(fine, np.asarray(faded, np.uint8))
    return np.asarray(cv2.dilate(veil, np.ones((5, 5), np.uint8)), np.uint8)
