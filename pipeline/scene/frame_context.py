"""One frame of a camera as its scenarios see it: what several of them ask is worked out once."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial

from pipeline.alerting.step import ExplainStep
from pipeline.detection import Detections
from pipeline.geometry.shapes import Line, ZoneOrLine
from pipeline.ground.ground_plane import HeightCalibratedGround
from pipeline.pixels.pixel_events import NO_EVENTS, PixelEvents, events_in_zone
from pipeline.rules.capability import Capability
from pipeline.scene.context_builder import ZoneContext
from pipeline.scene.line_crossing import NO_CROSSINGS, LineCrossingDetector, LineCrossings
from pipeline.scene.posture import Posture, PostureEstimator
from pipeline.scene.track_set import TrackSet
from pipeline.scene.zone_dwell import ZoneDwell


@dataclass(frozen=True, kw_only=True)
class FrameContext:
    """A frame, or a time without one.

    Args:
        at: When.
        detections: All that was detected; ``None`` where nobody looked.
        tracks: All confirmed tracks.
        pixel_events: What pixels say of the whole frame.
        entered_at: Since when each subject that stands in a zone has been there, by zone.
        crossings: Who has crossed, by line.
        postures: How people hold themselves; empty unless a scenario needs it.
    """

    at: datetime
    detections: Detections | None = None
    tracks: TrackSet = field(default_factory=lambda: TrackSet((), HeightCalibratedGround()))
    pixel_events: PixelEvents = NO_EVENTS
    entered_at: Mapping[ZoneOrLine, Mapping[int, datetime]] = field(default_factory=dict)
    crossings: Mapping[ZoneOrLine, LineCrossings] = field(default_factory=dict)
    postures: Mapping[int, Posture] = field(default_factory=dict)
    _of: dict[frozenset[str], TrackSet] = field(default_factory=dict, init=False, repr=False)
    _outlooks: dict[tuple[frozenset[str], ZoneOrLine], ZoneContext] = field(
        default_factory=dict, init=False, repr=False
    )

    def tracks_of(self, labels: frozenset[str]) -> TrackSet:
        """The tracks of these labels; the same object for all who ask."""
        watched = self._of.get(labels)
        if watched is None:
            watched = self._of[labels] = self.tracks.select(labels)
        return watched

    def zone_context(self, labels: frozenset[str], place: ZoneOrLine) -> ZoneContext:
        """What can be seen of a zone; the same object for all who watch these labels there."""
        key = labels, place
        known = self._outlooks.get(key)
        if known is None:
            watched = self.tracks_of(labels)
            known = self._outlooks[key] = ZoneContext(
                at=self.at,
                zone=place,
                tracks=watched,
                entered_at=self.entered_at.get(place, {}),
                directions=self.crossings.get(place, NO_CROSSINGS).directions,
                postures=self.postures,
                pixel_events=events_in_zone(place.contains, self.pixel_events),
                trail=partial(_steps, self.detections, labels, watched),
            )
        return known


def _steps(
    found: Detections | None, labels: frozenset[str], watched: TrackSet
) -> tuple[ExplainStep, ...]:
    """What happened before any rule for these labels was asked."""
    if found is None:
        return ()
    n = sum(found.labels.count(label) for label in labels)
    return (
        ExplainStep(name="detect", value_in=len(found), value_out=n, reason=_words(labels)),
        ExplainStep(name="track", value_in=n, value_out=len(watched.tracks)),
    )


@cache
def _words(labels: frozenset[str]) -> str:
    return ", ".join(sorted(labels))


class ContextBuilder:
    """Tracks in, moments out: follows who is where since when, for all scenarios of a camera.

    Args:
        places: All that some scenario watches.
        needs: Of all scenarios.
    """

    def __init__(self, places: Iterable[ZoneOrLine], needs: Container[Capability] = ()) -> None:
        each = dict.fromkeys(places)
        self._lines = {
            place: LineCrossingDetector(place) for place in each if isinstance(place, Line)
        }
        self._zones = {place: ZoneDwell(place) for place in each if place not in self._lines}
        self._postures = PostureEstimator() if Capability.POSTURES in needs else None

    def push(
        self,
        at: datetime,
        found: Detections,
        everybody: TrackSet,
        *,
        sights: PixelEvents = NO_EVENTS,
    ) -> FrameContext:
        """Take a frame: what was detected, the tracks made of it, and what pixels say."""
        return FrameContext(
            at=at,
            detections=found,
            tracks=everybody,
            pixel_events=sights,
            entered_at={place: zone.push(at, everybody) for place, zone in self._zones.items()},
            crossings={place: line.push(at, everybody) for place, line in self._lines.items()},
            postures=self._postures.push(at, everybody) if self._postures else {},
        )
