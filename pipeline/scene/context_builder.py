"""What can be seen of one zone by all scenarios that watch for the same: shared by their scenes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.alerting.step import ExplainStep
from pipeline.geometry.shapes import Bounds, Zone, ZoneOrLine
from pipeline.pixels.pixel_events import NO_EVENTS, PixelEvents
from pipeline.scene.line_crossing import Direction
from pipeline.scene.posture import Posture
from pipeline.scene.spatial import distances
from pipeline.scene.track_set import TrackSet
from pipeline.track import Track


class ZoneContext(msgspec.Struct, frozen=True, kw_only=True, dict=True, eq=False):
    """One zone of one camera at one moment; what is asked for is worked out once.

    Args:
        at: Capture time of the frame.
        zone: The zone.
        tracks: All confirmed tracks with a label that is watched, in the zone or not.
        entered_at: Since when each subject that stands in the zone has been there, of any label.
        directions: Which way the subjects of the frame have crossed the zone, if it is a line.
        postures: How the people of the frame hold themselves; empty unless it is needed.
        pixel_events: What pixels say of the zone.
        trail: The steps that led here.
    """

    at: datetime
    zone: ZoneOrLine = msgspec.field(default_factory=Zone.full_frame)
    tracks: TrackSet
    entered_at: Mapping[int, datetime] = msgspec.field(default_factory=dict)
    directions: Mapping[int, Direction] = msgspec.field(default_factory=dict)
    postures: Mapping[int, Posture] = msgspec.field(default_factory=dict)
    pixel_events: PixelEvents = NO_EVENTS
    trail: Callable[[], tuple[ExplainStep, ...]] = tuple

    @cached_property
    def in_zone(self) -> Sequence[Track]:
        """The tracks whose feet are in the zone."""
        entered = self.entered_at
        return [track for track in self.tracks.tracks if track.subject in entered]

    @cached_property
    def is_approached(self) -> bool:
        """Whether anybody is less than his height away from the box around the zone."""
        return any(_is_near(self.zone.bounds, track) for track in self.tracks.tracks)

    @cached_property
    def rows(self) -> list[int]:
        """In which rows of the frame's arrays those in the zone are."""
        return self.tracks.rows(self.in_zone)

    @cached_property
    def distances(self) -> NDArray[np.float64]:
        """[n, n] metres from each in the zone to each."""
        return distances(self.tracks.whole.columns.places[self.rows])

    @cached_property
    def crossed(self) -> Sequence[Track]:
        """Those that have crossed the line, and have not come back since."""
        crossed = self.directions
        return [t for t in self.tracks.tracks if t.subject in crossed] if crossed else []

    @cached_property
    def steps(self) -> tuple[ExplainStep, ...]:
        """The steps up to the zone; who stands in it, or has crossed the line."""
        there, reason = len(self.in_zone) or len(self.crossed), self.zone.name
        zone = ExplainStep(
            name="zone", value_in=len(self.tracks.tracks), value_out=there, reason=reason
        )
        return *self.trail(), zone


def _is_near(extent: Bounds, track: Track) -> bool:
    left, top, right, bottom = extent
    foot, reach = track.box.foot, track.box.h
    return left - reach <= foot.x <= right + reach and top - reach <= foot.y <= bottom + reach
