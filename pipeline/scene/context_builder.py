"""What can be seen of one zone by all scenarios that watch for the same: shared by their scenes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.alerting.step import Step
from pipeline.geometry.shapes import Extent, Place, Zone
from pipeline.pixels.pixel_events import NOTHING, Sights
from pipeline.scene.line_crossing import Way
from pipeline.scene.posture import Stance
from pipeline.scene.spatial import distances
from pipeline.scene.track_set import Watched
from pipeline.track import Track


class Outlook(msgspec.Struct, frozen=True, kw_only=True, dict=True, eq=False):
    """One zone of one camera at one moment; what is asked for is worked out once.

    Args:
        at: Capture time of the frame.
        place: The zone.
        watched: All confirmed tracks with a label that is watched, in the zone or not.
        entered: Since when each subject that stands in the zone has been there, of any label.
        crossed: Which way the subjects of the frame have crossed the zone, if it is a line.
        stances: How the people of the frame hold themselves; empty unless it is needed.
        sights: What pixels say of the zone.
        trail: The steps that led here.
    """

    at: datetime
    place: Place = msgspec.field(default_factory=Zone.whole)
    watched: Watched
    entered: Mapping[int, datetime] = msgspec.field(default_factory=dict)
    crossed: Mapping[int, Way] = msgspec.field(default_factory=dict)
    stances: Mapping[int, Stance] = msgspec.field(default_factory=dict)
    sights: Sights = NOTHING
    trail: Callable[[], tuple[Step, ...]] = tuple

    @cached_property
    def in_zone(self) -> Sequence[Track]:
        """The tracks whose feet are in the zone."""
        entered = self.entered
        return [track for track in self.watched.tracks if track.subject in entered]

    @cached_property
    def is_approached(self) -> bool:
        """Whether anybody is less than his height away from the box around the zone."""
        return any(_is_near(self.place.extent, track) for track in self.watched.tracks)

    @cached_property
    def rows(self) -> list[int]:
        """In which rows of the frame's arrays those in the zone are."""
        return self.watched.rows(self.in_zone)

    @cached_property
    def apart(self) -> NDArray[np.float64]:
        """[n, n] metres from each in the zone to each."""
        return distances(self.watched.whole.columns.places[self.rows])

    @cached_property
    def over(self) -> Sequence[Track]:
        """Those that have crossed the line, and have not come back since."""
        crossed = self.crossed
        return [t for t in self.watched.tracks if t.subject in crossed] if crossed else []

    @cached_property
    def before(self) -> tuple[Step, ...]:
        """The steps up to the zone; who stands in it, or has crossed the line."""
        there, reason = len(self.in_zone) or len(self.over), self.place.name
        zone = Step(name="zone", taken=len(self.watched.tracks), given=there, reason=reason)
        return *self.trail(), zone


def _is_near(extent: Extent, track: Track) -> bool:
    left, top, right, bottom = extent
    foot, reach = track.box.foot, track.box.h
    return left - reach <= foot.x <= right + reach and top - reach <= foot.y <= bottom + reach
