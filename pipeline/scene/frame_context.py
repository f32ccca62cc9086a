"""What the scenarios of a camera share about one frame: each fact is computed at most once."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property, partial

import msgspec

from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.boxes import FloatArray
from pipeline.geometry.shapes import Bounds, Box, Line, Zone, ZoneOrLine
from pipeline.ground.height_calibration import HeightCalibratedGround
from pipeline.pixels.pixel_events import NO_EVENTS, PixelEvents, events_in_zone
from pipeline.ports import PoseEstimator
from pipeline.scenario_spec import Capability
from pipeline.scene.line_crossing import (
    NO_CROSSINGS,
    Direction,
    LineCrossingDetector,
    LineCrossings,
)
from pipeline.scene.pose_checks import PoseCheck, PoseChecks
from pipeline.scene.posture import NO_POSTURES, PostureEstimator, Postures
from pipeline.scene.spatial import pairwise_distances
from pipeline.scene.track_set import TrackSet
from pipeline.scene.zone_dwell import ZoneDwell
from pipeline.signal import ExplainStep
from pipeline.track import Track

CheckPose = Callable[[int, Box], PoseCheck]


class ZoneContext(msgspec.Struct, frozen=True, kw_only=True, dict=True, eq=False):
    """One zone in one frame, for all scenarios with the same labels.

    Args:
        at: Capture time of the frame.
        tracks: All confirmed tracks with these labels, inside the zone or not.
        entered_at: When each subject inside the zone entered it, of any label.
        directions: How subjects of the frame have crossed, if the zone is a line.
        postures: The people who are down; none unless a scenario needs postures.
        pixel_events: Pixel events inside the zone.
        check_pose: Asks the pose model about a subject and its box; ``None`` without one.
        explain: Returns the explanation up to the tracks.
    """

    at: datetime
    zone: ZoneOrLine = msgspec.field(default_factory=Zone.full_frame)
    tracks: TrackSet
    entered_at: Mapping[int, datetime] = msgspec.field(default_factory=dict)
    directions: Mapping[int, Direction] = msgspec.field(default_factory=dict)
    postures: Postures = NO_POSTURES
    pixel_events: PixelEvents = NO_EVENTS
    check_pose: CheckPose | None = None
    explain: Callable[[], tuple[ExplainStep, ...]] = tuple

    @cached_property
    def in_zone(self) -> Sequence[Track]:
        """The tracks whose feet are inside the zone."""
        entered_at = self.entered_at
        return [track for track in self.tracks.tracks if track.subject in entered_at]

    @cached_property
    def is_approached(self) -> bool:
        """Whether a track is nearer to the bounds of the zone than its own height."""
        return any(_is_near(self.zone.bounds, track) for track in self.tracks.tracks)

    @cached_property
    def rows(self) -> list[int]:
        """Rows of the tracks inside the zone in the arrays of the frame."""
        return self.tracks.rows(self.in_zone)

    @cached_property
    def distances(self) -> FloatArray:
        """[n, n] metres between the tracks inside the zone."""
        return pairwise_distances(self.tracks.frame.positions_m[self.rows])

    @cached_property
    def crossed(self) -> Sequence[Track]:
        """The tracks that have crossed the line and not come back since."""
        directions = self.directions
        return [t for t in self.tracks.tracks if t.subject in directions] if directions else []

    @cached_property
    def steps(self) -> tuple[ExplainStep, ...]:
        """The explanation up to the zone: how many tracks are inside or have crossed."""
        n = len(self.in_zone) or len(self.crossed)
        step = ExplainStep(
            name="zone", value_in=len(self.tracks.tracks), value_out=n, reason=self.zone.name
        )
        return *self.explain(), step


def _is_near(bounds: Bounds, track: Track) -> bool:
    left, top, right, bottom = bounds
    foot, reach = track.box.foot, track.box.h
    return left - reach <= foot.x <= right + reach and top - reach <= foot.y <= bottom + reach


@dataclass(frozen=True, kw_only=True)
class FrameContext:
    """One frame of a camera, or a moment of a stream gap.

    Args:
        at: Capture time.
        detections: All detections; ``None`` in a stream gap.
        tracks: All confirmed tracks.
        pixel_events: Pixel events of the whole frame.
        entered_at: When each subject inside a zone entered it, by zone.
        crossings: Crossings by line.
        postures: The people who are down; none unless a scenario needs postures.
        check_pose: Asks the pose model about a subject and its box; ``None`` without one.
    """

    at: datetime
    detections: Detections | None = None
    tracks: TrackSet = field(default_factory=lambda: TrackSet((), HeightCalibratedGround()))
    pixel_events: PixelEvents = NO_EVENTS
    entered_at: Mapping[ZoneOrLine, Mapping[int, datetime]] = field(default_factory=dict)
    crossings: Mapping[ZoneOrLine, LineCrossings] = field(default_factory=dict)
    postures: Postures = NO_POSTURES
    check_pose: CheckPose | None = None
    _tracks_of: dict[frozenset[str], TrackSet] = field(default_factory=dict, init=False, repr=False)
    _zones: dict[tuple[frozenset[str], ZoneOrLine], ZoneContext] = field(
        default_factory=dict, init=False, repr=False
    )

    def tracks_of(self, labels: frozenset[str]) -> TrackSet:
        """Return the tracks with these labels; the same object at each call."""
        tracks = self._tracks_of.get(labels)
        if tracks is None:
            tracks = self._tracks_of[labels] = self.tracks.select(labels)
        return tracks

    def zone_context(self, labels: frozenset[str], zone: ZoneOrLine) -> ZoneContext:
        """Return the context of a zone for these labels; the same object at each call."""
        key = labels, zone
        context = self._zones.get(key)
        if context is None:
            tracks = self.tracks_of(labels)
            context = self._zones[key] = ZoneContext(
                at=self.at,
                zone=zone,
                tracks=tracks,
                entered_at=self.entered_at.get(zone, {}),
                directions=self.crossings.get(zone, NO_CROSSINGS).directions,
                postures=self.postures,
                pixel_events=events_in_zone(zone.contains, self.pixel_events),
                check_pose=self.check_pose,
                explain=partial(_explain, self.detections, labels, tracks),
            )
        return context


def _explain(
    detections: Detections | None, labels: frozenset[str], tracks: TrackSet
) -> tuple[ExplainStep, ...]:
    """Return the steps before any rule with these labels."""
    if detections is None:
        return ()
    n = sum(detections.labels.count(label) for label in labels)
    return (
        ExplainStep(name="detect", value_in=len(detections), value_out=n, reason=_joined(labels)),
        ExplainStep(name="track", value_in=n, value_out=len(tracks.tracks)),
    )


@cache
def _joined(labels: frozenset[str]) -> str:
    return ", ".join(sorted(labels))


class ContextBuilder:
    """Build the context of each frame; follow dwell times, line crossings and postures.

    Args:
        zones: Every zone and line of the camera's scenarios.
        capabilities: Of all scenarios.
        confidence_threshold: That of the detector.
        poses: The pose model, if there is one.
    """

    def __init__(
        self,
        zones: Iterable[ZoneOrLine],
        capabilities: Container[Capability] = (),
        *,
        confidence_threshold: float = 0.0,
        poses: PoseEstimator | None = None,
    ) -> None:
        unique = dict.fromkeys(zones)
        self._lines = {
            zone: LineCrossingDetector(zone) for zone in unique if isinstance(zone, Line)
        }
        self._zones = {zone: ZoneDwell(zone) for zone in unique if zone not in self._lines}
        needs_postures = Capability.POSTURES in capabilities
        self._postures = PostureEstimator(confidence_threshold) if needs_postures else None
        self._pose_checks = PoseChecks(poses) if poses and needs_postures else None

    def push(
        self,
        at: datetime,
        detections: Detections,
        tracks: TrackSet,
        *,
        pixel_events: PixelEvents = NO_EVENTS,
        frame: Frame | None = None,
        is_inferred: bool = True,
    ) -> FrameContext:
        """Build the context of a frame from its detections, tracks and pixel events.

        Args:
            frame: For the pose model.
            is_inferred: ``False`` if the detections are predicted.
        """
        postures, checks = self._postures, self._pose_checks
        return FrameContext(
            at=at,
            detections=detections,
            tracks=tracks,
            pixel_events=pixel_events,
            entered_at={zone: dwell.push(at, tracks) for zone, dwell in self._zones.items()},
            crossings={line: detector.push(at, tracks) for line, detector in self._lines.items()},
            postures=(
                postures.push(at, tracks, detections, is_inferred=is_inferred)
                if postures
                else NO_POSTURES
            ),
            check_pose=partial(checks.check, frame) if checks and frame else None,
        )
