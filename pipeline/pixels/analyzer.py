"""Run the pixel detectors that the scenarios of a camera need, on one scaled image."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache, partial

import numpy as np
from msgspec.structs import astuple

from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.geometry.boxes import Float32Array, iou_matrix, xywh_to_xyxy
from pipeline.geometry.frame_geometry import FrameGeometry
from pipeline.geometry.shapes import ZoneOrLine
from pipeline.pixels import static_objects
from pipeline.pixels.dense_crowds import DenseCrowdDetector
from pipeline.pixels.falling_objects import FallingObjectDetector
from pipeline.pixels.fires import FireDetector
from pipeline.pixels.learning import LEARNING, known_share_in
from pipeline.pixels.masks import LazyMask, Plane, boxes_to_mask, smoothed
from pipeline.pixels.pixel_events import NO_EVENTS, PixelEvents
from pipeline.pixels.saved_scene import SavedScene
from pipeline.pixels.scene_memory import RestoreOutcome, SceneMemory, save_scene
from pipeline.pixels.static_objects import StaticObjectDetector
from pipeline.pixels.tamper import TamperDetector
from pipeline.scenario_spec import PIXEL_CAPABILITIES, Capability
from pipeline.track import Track

IMAGE_SIZE = Size(320, 180)
"""Every detector works on this size; the frame is scaled once, without its colours."""
MOVERS = frozenset({"person", "bicycle", "motorcycle", "car", "van", "bus", "truck", "vehicle"})
"""Labels that are not static objects. Animals are not among them: small detectors take stones and
bags for dogs, which would hide them."""
MIN_MOVER_AREA = 0.004
"""Share of the frame from which whatever moves is too large for a falling object."""
STILL_IOU = 0.8
"""A box that has this IoU with one of the previous frame has not moved."""
EVERY_FRAME = frozenset({Capability.FALLING_OBJECTS, Capability.FIRES})
"""What moves or flickers within a second needs every frame."""
MOVER_BUFFER = 0.15
"""How far a mover reaches beyond its box, with its shadow, as a share of its size."""


class PixelAnalyzer:
    """Scale the frame once, mask the movers, and run each detector that is needed.

    Colours and the mask of movers cost more than most of what is done with them: they are made
    when a detector first asks.

    Args:
        capabilities: Of all scenarios of the camera.
        confidence_threshold: Score from which a detection hides what is behind it.
    """

    def __init__(
        self, capabilities: Iterable[Capability], *, confidence_threshold: float = 0.4
    ) -> None:
        self._confidence_threshold = confidence_threshold
        self._capabilities = PIXEL_CAPABILITIES & frozenset(capabilities)
        self._needs_every_frame = bool(EVERY_FRAME & self._capabilities)
        self._static_objects, self._tamper = StaticObjectDetector(), TamperDetector()
        self._falling_objects, self._fires = FallingObjectDetector(), FireDetector()
        self._dense_crowds = DenseCrowdDetector()
        self._memory = SceneMemory()
        self._previous = np.zeros((0, 4), np.float32)
        self._events = NO_EVENTS
        self._last: datetime | None = None
        self._due: datetime | None = None

    def push(self, frame: Frame, detections: Detections, tracks: Iterable[Track]) -> PixelEvents:
        """Analyse a frame, if one is due; otherwise return the events of the last one.

        Args:
            frame: The frame.
            detections: Of the frame.
            tracks: The confirmed tracks.
        """
        is_due = self._needs_every_frame or self._due is None or frame.at >= self._due
        if self._capabilities and is_due:
            self._last = frame.at
            self._due = frame.at + static_objects.INTERVAL - timedelta(milliseconds=1)
            previous, self._previous = self._previous, xywh_to_xyxy(detections.boxes)
            self._events = self._analyse(
                frame,
                detections,
                cache(lambda: self._movers(detections, tracks)),
                cache(lambda: self._movers(detections, tracks, previous)),
            )
        return self._events

    def restore(self, scene: SavedScene) -> None:
        """Continue with a saved scene, if the next frames show the same view and are not older."""
        self._memory.load(scene)

    @property
    def restore_outcome(self) -> RestoreOutcome | None:
        """What became of the saved scene; ``None`` while that is not decided."""
        return self._memory.outcome

    def save(self, source: str) -> SavedScene | None:
        """Return what was learned of the scene; ``None`` if nothing was, or nothing has to be.

        Args:
            source: Names node and camera.
        """
        if self._last is None or not self._capabilities & LEARNING:
            return None
        return save_scene(
            source,
            self._last,
            static=self._static_objects.background,
            fires=self._fires.background,
            tamper=self._tamper,
        )

    def known_share(self, zone: ZoneOrLine) -> float:
        """Return in which share of a zone the detectors know the scene, 0 to 1.

        For a line, and where nothing has to be learned, it is 1.
        """
        needs, shares = self._capabilities, [1.0]
        if Capability.STATIC_OBJECTS in needs:
            shares.append(known_share_in(zone, self._static_objects.background.known))
        if Capability.FIRES in needs:
            shares.append(known_share_in(zone, self._fires.background.known))
        if Capability.VIEW_CHANGE in needs:
            shares.append(float(self._tamper.can_see))
        return min(shares)

    def _restore(self, at: datetime, grey: Plane) -> None:
        if self._memory.is_pending:
            self._memory.restore_view(at, self._tamper)
            backgrounds = self._static_objects.background, self._fires.background
            self._memory.restore_backgrounds(at, grey, *backgrounds)

    def _analyse(
        self, frame: Frame, detections: Detections, movers: LazyMask, large_movers: LazyMask
    ) -> PixelEvents:
        at, picture, needs = frame.at, frame.picture, self._capabilities
        grey, colours = picture.grey(IMAGE_SIZE), partial(picture.rgb, IMAGE_SIZE)
        smooth = smoothed(grey)
        self._restore(at, smooth)
        return PixelEvents(
            static_objects=(
                self._static_objects.push(at, smooth, movers)
                if Capability.STATIC_OBJECTS in needs
                else ()
            ),
            view_change=self._tamper.push(at, smooth) if Capability.VIEW_CHANGE in needs else None,
            falling_objects=(
                self._falling_objects.push(at, smooth, large_movers)
                if Capability.FALLING_OBJECTS in needs
                else ()
            ),
            fires=(
                self._fires.push(at, grey, movers, colours=colours)
                if Capability.FIRES in needs
                else ()
            ),
            dense_crowds=(
                self._dense_crowds.push(at, smooth, detections, FrameGeometry.of(*picture.size))
                if Capability.DENSE_CROWDS in needs
                else ()
            ),
        )

    def _movers(
        self,
        detections: Detections,
        tracks: Iterable[Track],
        previous: Float32Array | None = None,
    ) -> Plane:
        """Return the mask of movers: detections, and tracks that are not detected right now.

        From above a car is also reported as a telephone or a suitcase. Given the boxes of the
        ``previous`` frame, whatever is large and was not there is a mover too, under any label.
        """
        threshold = self._confidence_threshold
        movers = (track for track in tracks if track.label in MOVERS)
        undetected = [t.box for t in movers if t.is_coasting or t.score < threshold]
        boxes = np.array([astuple(box) for box in undetected], np.float32).reshape(-1, 4)
        is_mover = np.array([label in MOVERS for label in detections.labels], np.bool_)
        if previous is not None:
            is_large = detections.boxes[:, 2] * detections.boxes[:, 3] >= MIN_MOVER_AREA
            ious = iou_matrix(xywh_to_xyxy(detections.boxes), previous)
            is_mover |= is_large & (ious.max(axis=1, initial=0.0) < STILL_IOU)
        detected = detections.boxes[is_mover & (detections.scores >= threshold)]
        shape = (IMAGE_SIZE.height, IMAGE_SIZE.width)
        return boxes_to_mask(np.concatenate([boxes, detected]), shape, buffer=MOVER_BUFFER)
