"""Find flames and smoke. Experimental: check before acting.

No network is involved. Flames are recognised by what they do within two seconds (``flames.py``),
smoke by the way it hides the detail behind it for longer; both must stay in their place.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2
import numpy as np

from pipeline.frame import Pixels
from pipeline.geometry.boxes import Float32Array
from pipeline.pixels.background_model import BackgroundModel
from pipeline.pixels.flames import FlameDetector, brighter_mask
from pipeline.pixels.masks import (
    Blob,
    LazyMask,
    Plane,
    at_least,
    below,
    differs,
    find_blobs,
    is_same_place,
    mask_and,
    mask_minus,
    mask_not,
    mask_or,
)
from pipeline.pixels.pixel_events import Fire, FireKind

IMAGE_SIZE = (160, 90)
IMAGE_SHAPE = IMAGE_SIZE[::-1]
FLAME_INTERVAL, SMOKE_INTERVAL = timedelta(seconds=0.19), timedelta(seconds=0.5)
"""Least time between two analysed images: flames flicker, smoke drifts."""
MIN_CHANGE = 15
"""Levels by which a pixel must differ from the background."""
MIN_SMOKE_PX = 60
"""Pixels of 160 x 90."""
MIN_FLICKER, MAX_FLICKER = 1.5, 10.0
"""Mean change of smoke from image to image, levels: it drifts, while people and cars move."""
FULL_GROWTH = 1.5
"""Growth of smoke, as a multiple of the first area, that gives the full score."""
MIN_SMOKE_TIME = timedelta(seconds=6)
"""Smoke is reported after so long: a puff of steam or dust has gone by then."""
PERSISTENCE_TIME = timedelta(seconds=2)
"""Time constant over which a pixel must look like smoke."""
MIN_PERSISTENCE = 0.45
"""Share of that time in which it must."""
TRACE_LEVEL = 1.0
"""A persistence below this level, of 255, counts as none."""
DILATION = np.ones((3, 3), np.uint8)
FORGET_AFTER = timedelta(seconds=3)
"""A place that has not smoked for so long is no longer the same fire."""
MAX_SMOKE_COLOUR = 32
"""Greatest difference between the channels of smoke, levels."""
MIN_SMOKE_LEVEL, MAX_SMOKE_LEVEL = 60, 235
"""Brightness of smoke."""
MAX_DETAIL_LEFT = 0.65
"""Share of the detail that is left in the middle of smoke; a person or car brings new detail."""
MIN_DETAIL = 6
"""Levels by which a pixel must differ from its surroundings to be detail."""
MIN_SHARP = 10
"""The same for new detail: an edge that was not there."""
MAX_SHARP_SHARE = 0.015
"""Share of a place and its border that may have new edges: smoke has a soft outline, whereas a
person or car is edged all round."""
BORDER_PX = 2
"""How far the border reaches beyond a place."""


@dataclass(slots=True)
class _Place:
    number: int
    blob: Blob
    first_area: int
    since: datetime
    seen: datetime


class _Persistence:
    """Where an image looks like smoke most of the time."""

    def __init__(self) -> None:
        self.places: list[_Place] = []
        self._average: Float32Array = np.zeros(IMAGE_SHAPE, np.float32)
        self._has_trace = False

    def push(self, at: datetime, mask: Plane, weight: float) -> None:
        """Add a mask of pixels that look like smoke; update known places and add new ones."""
        if not self._has_trace and not cv2.countNonZero(mask):
            return
        cv2.accumulateWeighted(mask, self._average, weight)
        self._has_trace = cv2.norm(self._average, cv2.NORM_INF) > TRACE_LEVEL
        threshold = MIN_PERSISTENCE * 255
        persistent = cv2.threshold(self._average, threshold, 255, cv2.THRESH_BINARY)[1]
        regions = np.asarray(cv2.dilate(persistent, DILATION), np.uint8)
        self.places = list(self._identify(at, find_blobs(regions, min_px=MIN_SMOKE_PX)))

    def _identify(self, at: datetime, blobs: list[Blob]) -> Iterator[_Place]:
        known = [place for place in self.places if at - place.seen <= FORGET_AFTER]
        for blob in blobs:
            place = next((p for p in known if is_same_place(p.blob, blob)), None)
            if place is None:
                place = _Place(0, blob, blob.area, at, at)
            else:
                known.remove(place)
                place.blob, place.seen = blob, at
            yield place
        yield from known


class FireDetector:
    """Find places that behave like flames or look like smoke, and stay where they are.

    Flames need no known background, as they never rest: a fire that burns at the start is found.
    When the light of the whole scene changes, as it does when something explodes at night, only
    what keeps its look in the new light stays background, and the rest is learned anew.
    """

    def __init__(self) -> None:
        self._background = BackgroundModel(IMAGE_SHAPE)
        self._matched: Plane = self._background.pixels
        self._flames = FlameDetector(self._take_number)
        self._smoke = _Persistence()
        self._previous: Plane | None = None
        self._last: datetime | None = None
        self._last_smoke: datetime | None = None
        self._quiet: Plane = np.full(IMAGE_SHAPE, 255, np.uint8)
        self._hidden: Plane = np.zeros(IMAGE_SHAPE, np.uint8)
        self._flicker: Float32Array = np.zeros(IMAGE_SHAPE, np.float32)
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
            colours: Returns the image with its colours; called where something is bright or new.

        Returns:
            The fires, in order of their numbers.
        """
        if self._last is not None and at - self._last < FLAME_INTERVAL:
            return self._fires
        self._last = at
        small = _shrink(grey)
        mask = cv2.resize(movers(), IMAGE_SIZE, interpolation=cv2.INTER_NEAREST)
        hidden = np.asarray(mask, np.uint8)
        if self._last_smoke is None or at - self._last_smoke >= SMOKE_INTERVAL:
            self._update_smoke(at, small, hidden, colours=colours)
        brighter = brighter_mask(small, self._matched, self._background.known)
        self._flames.push(
            at, small, brighter=brighter, hidden=hidden, colours=lambda: _shrink(colours())
        )
        fires = [*self._flames.fires(at, IMAGE_SHAPE), *self._find_smoke()]
        self._fires = tuple(sorted(fires, key=lambda fire: fire.subject))
        return self._fires

    @property
    def background(self) -> BackgroundModel:
        """The scene without fires, as far as it is known."""
        return self._background

    def _take_number(self) -> int:
        self._next += 1
        return self._next - 1

    def _update_smoke(
        self, at: datetime, grey: Plane, hidden: Plane, *, colours: Callable[[], Pixels]
    ) -> None:
        """Compare an image with the background, and learn the background."""
        last, self._last_smoke = self._last_smoke or at, at
        self._hidden = hidden
        previous = grey if self._previous is None else self._previous
        weight, self._previous = min((at - last) / PERSISTENCE_TIME, 1.0), grey
        cv2.accumulateWeighted(cv2.absdiff(grey, previous), self._flicker, weight)
        self._matched = self._background.matched_to(grey, self._quiet)
        changed = differs(grey, self._matched, by=MIN_CHANGE)
        if self._background.is_relit():
            self._background.relight(self._matched, grey, mask_not(changed))
            self._background.forget(changed)
        new = mask_minus(mask_and(changed, self._background.known), hidden)
        smoke = new
        if cv2.countNonZero(new):  # mostly nothing changed, and colours cost more than the rest
            rgb = _shrink(colours())
            smoke = mask_and(new, mask_and(smoke_mask(rgb, grey), faded_mask(self._matched, grey)))
        self._smoke.push(at, smoke, weight)
        covered = mask_or(hidden, self._flames.draw_candidates(IMAGE_SHAPE))
        self._quiet = mask_not(mask_or(changed, covered))
        self._background.learn(grey, mask_not(covered), min(at - last, 2 * SMOKE_INTERVAL))
        self._background.follow(at, grey, self._quiet)

    def _find_smoke(self) -> Iterator[Fire]:
        for place in self._smoke.places:
            flicker = float(self._flicker[place.blob.slices].mean())
            is_long = place.seen - place.since >= MIN_SMOKE_TIME
            is_now = place.seen == self._last_smoke
            drifts = MIN_FLICKER <= flicker <= MAX_FLICKER
            if is_long and is_now and drifts and self._is_veiled(place) and self._is_soft(place):
                place.number = place.number or self._take_number()
                yield _smoke_event(place, flicker)

    def _is_veiled(self, place: _Place) -> bool:
        """Return whether the middle of a place has lost its detail, and got none instead."""
        now = self._matched if self._previous is None else self._previous
        blob = place.blob
        top, left = blob.top + blob.height // 4, blob.left + blob.width // 4
        middle = slice(top, top + blob.height // 2), slice(left, left + blob.width // 2)
        before, after = (float(detail_of(plane)[middle].mean()) for plane in (self._matched, now))
        return after <= MAX_DETAIL_LEFT * before

    def _is_soft(self, place: _Place) -> bool:
        """Return whether a place and its border have no new edges, but of movers in front."""
        now = self._matched if self._previous is None else self._previous
        blob = place.blob
        top, left = max(blob.top - BORDER_PX, 0), max(blob.left - BORDER_PX, 0)
        bottom, right = blob.top + blob.height + BORDER_PX, blob.left + blob.width + BORDER_PX
        around = slice(top, bottom), slice(left, right)
        before, after = detail_of(self._matched)[around], detail_of(now)[around]
        sharp = (after >= MIN_SHARP) & (after > cv2.add(before, before))
        return float((sharp & (self._hidden[around] == 0)).mean()) <= MAX_SHARP_SHARE


def _shrink(image: Pixels) -> Pixels:
    return np.asarray(cv2.resize(image, IMAGE_SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def _smoke_event(place: _Place, flicker: float) -> Fire:
    growth = place.blob.area / place.first_area
    flicker_score = min(flicker / (2 * MIN_FLICKER), 1.0)
    growth_score = min(max(growth - 1, 0.0) / (FULL_GROWTH - 1), 1.0)
    return Fire(
        subject=place.number,
        box=place.blob.box(IMAGE_SHAPE),
        score=(flicker_score + growth_score) / 2,
        since=place.since,
        kind=FireKind.SMOKE,
        area=place.blob.area / (IMAGE_SIZE[0] * IMAGE_SIZE[1]),
        growth=growth,
        flicker=flicker,
    )


def smoke_mask(rgb: Pixels, grey: Plane) -> Plane:
    """Return where an image has no colour and is neither dark nor glaring."""
    red, green, blue = cv2.split(rgb)
    most = cv2.max(cv2.max(red, green), blue)
    least = cv2.min(cv2.min(red, green), blue)
    pale = below(np.asarray(cv2.subtract(most, least), np.uint8), MAX_SMOKE_COLOUR)
    return mask_and(pale, mask_and(at_least(grey, MIN_SMOKE_LEVEL), below(grey, MAX_SMOKE_LEVEL)))


def detail_of(plane: Plane) -> Plane:
    """Return by how much each pixel differs from its surroundings, levels."""
    return np.asarray(cv2.absdiff(plane, cv2.blur(plane, (5, 5))), np.uint8)


def faded_mask(background: Plane, grey: Plane) -> Plane:
    """Return where the detail of the background has faded, and the pixels around."""
    was, now = detail_of(background), detail_of(grey)
    detail = at_least(np.asarray(was, np.uint8), MIN_DETAIL)
    faded = cv2.compare(np.asarray(was), cv2.add(now, now), cv2.CMP_GT)
    hidden = mask_and(detail, np.asarray(faded, np.uint8))
    return np.asarray(cv2.dilate(hidden, np.ones((5, 5), np.uint8)), np.uint8)
