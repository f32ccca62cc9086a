"""What can be seen of one zone by all scenarios that watch for the same: shared by their scenes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from pipeline.crossings import Way
from pipeline.geometry import Place, Zone
from pipeline.pixels.sights import NOTHING, Sights
from pipeline.posture import Stance
from pipeline.step import Step
from pipeline.track import Track
from pipeline.watched import Watched


@dataclass(frozen=True, kw_only=True)
class Outlook:
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
    place: Place = field(default_factory=Zone.whole)
    watched: Watched
    entered: Mapping[int, datetime] = field(default_factory=dict)
    crossed: Mapping[int, Way] = field(default_factory=dict)
    stances: Mapping[int, Stance] = field(default_factory=dict)
    sights: Sights = NOTHING
    trail: Callable[[], tuple[Step, ...]] = tuple

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """Which of the watched stand in the zone."""
        return np.array([n in self.entered for n in self.watched.row], np.bool_)

    @cached_property
    def in_zone(self) -> Sequence[Track]:
        """The tracks whose feet are in the zone."""
        return tuple(compress(self.watched.tracks, self.inside.tolist()))

    @cached_property
    def over(self) -> Sequence[Track]:
        """Those that have crossed the line, and have not come back since."""
        return tuple(t for t in self.watched.tracks if t.subject in self.crossed)

    @cached_property
    def before(self) -> tuple[Step, ...]:
        """The steps up to the zone; who stands in it, or has crossed the line."""
        there, reason = len(self.in_zone) or len(self.over), self.place.name
        zone = Step(name="zone", taken=len(self.watched.tracks), given=there, reason=reason)
        return *self.trail(), zone
