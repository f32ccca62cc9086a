"""One look at a picture for all pixel signals that a camera needs, and for no others."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache, partial

import numpy as np
from msgspec.structs import astuple

from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.pixels import static_objects
from pipeline.pixels.falling_objects import FallingObjectDetector
from pipeline.pixels.fires import FireDetector
from pipeline.pixels.masks import OnDemand, Plane, drawn, smooth
from pipeline.pixels.pixel_events import NO_EVENTS, PixelEvents
from pipeline.pixels.static_objects import StaticObjectDetector
from pipeline.pixels.tamper import TamperDetector
from pipeline.scenario_spec import PIXEL_CAPABILITIES, Capability
from pipeline.track import Track

SIZE = Size(320, 180)
"""Every signal works on this; the picture is scaled once, without its colours."""
MOVERS = frozenset({"person", "bicycle", "motorcycle", "car", "van", "bus", "truck", "vehicle"})
"""Who stands there is no thing that was left. Animals are not among them: to small detectors
stones and bags are dogs, and would be hidden."""
SPARE = 0.15
"""How much further than its box a mover reaches, shadow and all, in parts of its size."""


class PixelAnalyzer:
    """Scale the picture once, hide the movers, and ask each signal that is needed.

    Colours and a mask of the movers cost more than most of what is done with them: they are
    made once a signal asks.

    Args:
        capabilities: Of all scenarios of the camera.
        confidence_threshold: From this score on a detection hides what is behind it.
    """

    def __init__(
        self, capabilities: Iterable[Capability], *, confidence_threshold: float = 0.4
    ) -> None:
        self._confident = confidence_threshold
        self._needs = PIXEL_CAPABILITIES & frozenset(capabilities)
        self._often = Capability.FALLING_OBJECTS in self._needs
        self._stills, self._view = StaticObjectDetector(), TamperDetector()
        self._tosses, self._fires = FallingObjectDetector(), FireDetector()
        self._sights = NO_EVENTS
        self._due: datetime | None = None

    def push(self, frame: Frame, found: Detections, tracks: Iterable[Track]) -> PixelEvents:
        """Take a frame, what was detected in it, and the confirmed tracks."""
        if self._needs and (self._often or self._due is None or frame.at >= self._due):
            self._due = frame.at + static_objects.EVERY - timedelta(milliseconds=1)
            self._sights = self._looked(frame, cache(lambda: self._movers(found, tracks)))
        return self._sights

    def _looked(self, frame: Frame, busy: OnDemand) -> PixelEvents:
        at, picture, needs = frame.at, frame.picture, self._needs
        grey, colours = picture.grey(SIZE), partial(picture.rgb, SIZE)
        light = smooth(grey)
        return PixelEvents(
            static_objects=self._stills.push(at, light, busy)
            if Capability.STATIC_OBJECTS in needs
            else (),
            view_change=self._view.push(at, light) if Capability.VIEW in needs else None,
            falling_objects=self._tosses.push(at, light, busy)
            if Capability.FALLING_OBJECTS in needs
            else (),
            fires=self._fires.push(at, grey, busy, colours=colours)
            if Capability.FIRES in needs
            else (),
        )

    def _movers(self, found: Detections, tracks: Iterable[Track]) -> Plane:
        """Draw where movers are: what is detected now, and tracks that hide for a moment."""
        movers = (track for track in tracks if track.label in MOVERS)
        unsure = [t.box for t in movers if t.is_coasting or t.score < self._confident]
        hidden = np.array([astuple(box) for box in unsure], np.float32).reshape(-1, 4)
        moves = np.array([label in MOVERS for label in found.labels], np.bool_)
        sure = found.boxes[moves & (found.scores >= self._confident)]
        return drawn(np.concatenate([hidden, sure]), (SIZE.height, SIZE.width), spare=SPARE)
