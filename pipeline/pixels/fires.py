"""Find flames and smoke by colour, growth and flicker. Experimental: check before acting.

No network is involved. Flames are recognised by their colour and flicker, smoke by the way it
hides the detail behind it; both must stay in their place.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2
import numpy as np

from pipeline.frame import Pixels
from pipeline.geometry.boxes import Float32Array
from pipeline.pixels.background_model import BackgroundModel
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
    mask_or,
)
from pipeline.pixels.pixel_events import Fire, FireKind

IMAGE_SIZE = (160, 90)
INTERVAL = timedelta(seconds=0.5)
"""Interval between two analysed images: what burns goes on burning."""
MIN_CHANGE = 15
"""Levels by which a pixel must differ from the background."""
MIN_FIRE_PX = {FireKind.FLAME: 10, FireKind.SMOKE: 60}
"""Pixels of 160 x 90."""
MIN_FLICKER = {FireKind.FLAME: 6.0, FireKind.SMOKE: 1.5}
"""Least mean change from image to image, levels."""
FULL_GROWTH = {FireKind.FLAME: 1.3, FireKind.SMOKE: 1.5}
"""Growth, as a multiple of the first area, that gives the full score."""
PERSISTENCE_TIME = timedelta(seconds=2)
"""Time constant over which a pixel must look like fire."""
MIN_PERSISTENCE = 0.45
"""Share of that time in which it must."""
TRACE_LEVEL = 1.0
"""A persistence below this level, of 255, counts as none."""
DILATION = np.ones((3, 3), np.uint8)
FORGET_AFTER = timedelta(seconds=3)
"""A place that has not burned for so long is no longer the same fire."""

MIN_FLAME_RED = 160
"""Least red of a flame, levels."""
MIN_FLAME_WARMTH = 60
"""Least difference of red and blue of a flame, levels."""
MAX_SMOKE_COLOUR = 32
"""Greatest difference between the channels of smoke, levels."""
MIN_SMOKE_LEVEL, MAX_SMOKE_LEVEL = 60, 235
"""Brightness of smoke."""
MIN_DETAIL = 6
"""Levels by which a pixel must differ from its surroundings to be detail."""


@dataclass(slots=True)
class _Place:
    number: int
    blob: Blob
    first_area: int
    since: datetime
    seen: datetime


class _Persistence:
    """Where an image looks like one kind of fire most of the time."""

    def __init__(self, kind: FireKind) -> None:
        self.kind = kind
        self.places: list[_Place] = []
        self._average: Float32Array = np.zeros(IMAGE_SIZE[::-1], np.float32)
        self._has_trace = False

    def push(self, at: datetime, mask: Plane, weight: float) -> None:
        """Add a mask of pixels that look like fire; update known places and add new ones."""
        if not self._has_trace and not cv2.countNonZero(mask):
            return
        cv2.accumulateWeighted(mask, self._average, weight)
        self._has_trace = cv2.norm(self._average, cv2.NORM_INF) > TRACE_LEVEL
        threshold = MIN_PERSISTENCE * 255
        persistent = cv2.threshold(self._average, threshold, 255, cv2.THRESH_BINARY)[1]
        regions = np.asarray(cv2.dilate(persistent, DILATION), np.uint8)
        blobs = find_blobs(regions, min_px=MIN_FIRE_PX[self.kind])
        self.places = list(self._identify(at, blobs))

    def _identify(self, at: datetime, blobs: list[Blob]) -> Iterator[_Place]:
        known = [place for place in self.places if at - place.seen <= FORGET_AFTER]
        for blob in blobs:
            place = next((p for p in known if _is_same_place(p.blob, blob)), None)
            if place is None:
                place = _Place(0, blob, blob.area, at, at)
            else:
                known.remove(place)
                place.blob, place.seen = blob, at
            yield place
        yield from known


class FireDetector:
    """Find places that look like fire, stay where they are and flicker.

    The background is learned for half a minute; what burns while a lamp is switched becomes
    background. A stream gap of more than three seconds forgets the fires but not the background.
    """

    def __init__(self) -> None:
        self._background = BackgroundModel(IMAGE_SIZE[::-1])
        self._previous: Plane | None = None
        self._last: datetime | None = None
        self._weight = 0.0
        self._step = timedelta()
        self._quiet: Plane = np.full(IMAGE_SIZE[::-1], 255, np.uint8)
        self._flicker: Float32Array = np.zeros(IMAGE_SIZE[::-1], np.float32)
        self._kinds = [_Persistence(kind) for kind in FireKind]
        self._next = 1
        self._fires: tuple[Fire, ...] = ()

    def push(
        self, at: datetime, grey: Plane, movers: LazyMask, *, colours: Callable[[], Pixels]
    ) -> tuple[Fire, ...]:
        """Analyse an image, if one is due.

        Args:
            at: Capture time.
            grey: The image without its colours.
            movers: Where movers hide the scene.
            colours: Returns the image with its colours; called where anything has changed.

        Returns:
            The fires, in order of their numbers; none while the background is learned.
        """
        if self._last is None or at - self._last >= INTERVAL:
            hidden = cv2.resize(movers(), IMAGE_SIZE, interpolation=cv2.INTER_NEAREST)
            self._analyse(at, _shrink(grey), np.asarray(hidden, np.uint8), colours=colours)
        return self._fires

    @property
    def background(self) -> BackgroundModel:
        """The scene without fires, as far as it is known."""
        return self._background

    def _analyse(
        self, at: datetime, grey: Plane, hidden: Plane, *, colours: Callable[[], Pixels]
    ) -> None:
        self._update_flicker(at, grey)
        self._update_places(at, grey, hidden, colours=colours)
        self._background.learn(grey, mask_not(hidden), self._step)
        fires = (fire for kind in self._kinds for fire in self._find_fires(at, kind))
        self._fires = tuple(sorted(fires, key=lambda fire: fire.subject))

    def _update_flicker(self, at: datetime, grey: Plane) -> None:
        """Update the weight of an image by its time, and the average change between images."""
        last, self._last = self._last or at, at
        previous = grey if self._previous is None else self._previous
        self._step = min(at - last, 2 * INTERVAL)
        self._weight, self._previous = min((at - last) / PERSISTENCE_TIME, 1.0), grey
        cv2.accumulateWeighted(cv2.absdiff(grey, previous), self._flicker, self._weight)

    def _update_places(
        self, at: datetime, grey: Plane, hidden: Plane, *, colours: Callable[[], Pixels]
    ) -> None:
        background = self._background.matched_to(grey, self._quiet)
        if self._background.is_relit():
            self._background.relight(background, grey, mask_not(hidden))
            return
        changed = differs(grey, background, by=MIN_CHANGE)
        new = mask_minus(mask_and(changed, self._background.known), hidden)
        flames = smoke = new
        if cv2.countNonZero(new):  # mostly nothing changed, and colours cost more than the rest
            rgb = _shrink(colours())
            flames = mask_and(new, flame_mask(rgb))
            smoke = mask_and(new, mask_and(smoke_mask(rgb, grey), faded_mask(background, grey)))
        for kind, mask in zip(self._kinds, (flames, smoke), strict=True):
            kind.push(at, mask, self._weight)
        self._quiet = mask_not(mask_or(changed, hidden))
        self._background.follow(at, grey, self._quiet)

    def _find_fires(self, at: datetime, kind: _Persistence) -> Iterator[Fire]:
        for place in kind.places:
            flicker = float(self._flicker[place.blob.slices].mean())
            if place.seen == at and flicker >= MIN_FLICKER[kind.kind]:
                if not place.number:
                    place.number, self._next = self._next, self._next + 1
                yield _event(kind.kind, place, flicker)


def _shrink(image: Pixels) -> Pixels:
    return np.asarray(cv2.resize(image, IMAGE_SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def _event(kind: FireKind, place: _Place, flicker: float) -> Fire:
    growth = place.blob.area / place.first_area
    flicker_score = min(flicker / (2 * MIN_FLICKER[kind]), 1.0)
    growth_score = min(max(growth - 1, 0.0) / (FULL_GROWTH[kind] - 1), 1.0)
    width, height = IMAGE_SIZE
    return Fire(
        subject=place.number,
        box=place.blob.box((height, width)),
        score=(flicker_score + growth_score) / 2,
        since=place.since,
        kind=kind,
        area=place.blob.area / (width * height),
        growth=growth,
        flicker=flicker,
    )


def _is_same_place(a: Blob, b: Blob) -> bool:
    """Return whether the centre of one lies in the rectangle of the other."""
    return _contains(a, b) or _contains(b, a)


def _contains(a: Blob, b: Blob) -> bool:
    return a.left <= b.x <= a.left + a.width and a.top <= b.y <= a.top + a.height


def flame_mask(rgb: Pixels) -> Plane:
    """Return where an image is bright, and red exceeds green exceeds blue."""
    red, green, blue = cv2.split(rgb)
    ordered = cv2.bitwise_and(
        cv2.compare(red, green, cv2.CMP_GT), cv2.compare(green, blue, cv2.CMP_GT)
    )
    warm = at_least(np.asarray(cv2.subtract(red, blue), np.uint8), MIN_FLAME_WARMTH)
    bright = at_least(np.asarray(red, np.uint8), MIN_FLAME_RED)
    return mask_and(mask_and(np.asarray(ordered, np.uint8), warm), bright)


def smoke_mask(rgb: Pixels, grey: Plane) -> Plane:
    """Return where an image has no colour and is neither dark nor glaring."""
    red, green, blue = cv2.split(rgb)
    most = cv2.max(cv2.max(red, green), blue)
    least = cv2.min(cv2.min(red, green), blue)
    pale = below(np.asarray(cv2.subtract(most, least), np.uint8), MAX_SMOKE_COLOUR)
    return mask_and(pale, mask_and(at_least(grey, MIN_SMOKE_LEVEL), below(grey, MAX_SMOKE_LEVEL)))


def faded_mask(background: Plane, grey: Plane) -> Plane:
    """Return where the detail of the background has faded, and the pixels around."""
    was, now = (cv2.absdiff(plane, cv2.blur(plane, (5, 5))) for plane in (background, grey))
    detail = at_least(np.asarray(was, np.uint8), MIN_DETAIL)
    faded = cv2.compare(np.asarray(was), cv2.add(now, now), cv2.CMP_GT)
    hidden = mask_and(detail, np.asarray(faded, np.uint8))
    return np.asarray(cv2.dilate(hidden, np.ones((5, 5), np.uint8)), np.uint8)
