"""All that a rule may ask about one frame: a rule asks, numpy answers here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from pipeline.geometry import Point
from pipeline.ground import FromPeople
from pipeline.hazard import Hazard, Per
from pipeline.pixels.sights import NOTHING, Burning, Fate, Fire, Outage, Sights, Still, Toss, View
from pipeline.signal import Level, Signal, Visible
from pipeline.step import Step
from pipeline.track import Track


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One zone of one camera at one moment.

    Args:
        at: Capture time of the frame.
        hazard: What is looked for.
        level: That of a signal which names none.
        zone: Name of the zone.
        tracks: All confirmed tracks with a label the hazard watches, in the frame.
        entered: Since when each subject that stands in the zone has been there.
        ground: Metres of the camera.
        trail: The steps that led here.
        sights: What the hazard needs beyond tracks; of the zone alone.
        area: Part of the frame that the zone covers.
    """

    at: datetime
    hazard: Hazard
    level: Level
    zone: str
    tracks: Sequence[Track]
    entered: Mapping[int, datetime]
    ground: FromPeople
    trail: tuple[Step, ...] = field(default=())
    sights: Sights = NOTHING
    area: float = 1.0

    def in_zone(self) -> list[Track]:
        """The tracks whose feet are in the zone."""
        return list(compress(self.tracks, self._inside))

    def count(self, label: str) -> int:
        """How many of ``label`` are in the zone."""
        return sum(track.label == label for track in self.in_zone())

    def clusters(self, radius: float) -> list[tuple[Track, ...]]:
        """Group the zone's tracks, each within ``radius`` metres of its next; largest first."""
        tracks, places = self.in_zone(), self._places[self._inside]
        if not tracks:
            return []
        near = np.linalg.norm(places[:, None] - places, axis=2) <= radius
        _, group_of = connected_components(csr_array(near), directed=False)
        groups = [tuple(compress(tracks, group_of == group)) for group in np.unique(group_of)]
        return sorted(groups, key=len, reverse=True)

    def metres(self, a: Track, b: Track) -> float:
        """How far apart two stand, feet to feet."""
        here, there = self.ground.places([a.box.foot, b.box.foot])
        return float(np.linalg.norm(here - there))

    def speed(self, track: Track) -> float:
        """Metres a second, as the tracker smooths it."""
        foot, second = track.box.foot, 0.2
        ahead = Point(foot.x + track.motion.x * second, foot.y + track.motion.y * second)
        here, there = self.ground.places([foot, ahead])
        return float(np.linalg.norm(there - here)) / second

    def dwell(self, track: Track) -> timedelta:
        """How long it has been in the zone; nothing for who is outside."""
        return self.at - self.entered.get(track.subject, self.at)

    def still_for(self, track: Track) -> timedelta:
        """How long it has not left its place."""
        return self.at - track.still_since

    def stills(self, fate: Fate) -> list[Still]:
        """Things in the zone that have appeared there, or vanished, and stay so."""
        return [still for still in self.sights.stills if still.fate is fate]

    def view(self) -> View | None:
        """How the picture compares with the usual one; ``None`` while that is learned."""
        return self.sights.view

    def tosses(self) -> tuple[Toss, ...]:
        """What is falling through the zone now."""
        return self.sights.tosses

    def fires(self, burning: Burning | None = None) -> list[Fire]:
        """What burns or smokes in the zone; experimental."""
        return [fire for fire in self.sights.fires if burning in {None, fire.burning}]

    def outage(self) -> Outage | None:
        """Since when no picture has come; ``None`` while they do."""
        return self.sights.outage

    def signal(self, *seen: Visible, level: Level | None = None, **measures: float) -> Signal:
        """Point at what was seen.

        Args:
            seen: Tracks or sights that the signal rests on, at least one; with
                ``per="subject"`` the first is the subject.
            level: How bad; the scenario's own if it is left out.
            measures: The numbers behind it; the hazard's ``because`` is made from them.

        Returns:
            A signal whose score is the mean of theirs.
        """
        zone = self.entered
        numbers = " ".join(f"{name}={value:g}" for name, value in sorted(measures.items()))
        trail = (
            *self.trail,
            Step(name="zone", taken=len(self.tracks), given=len(zone), reason=self.zone),
            Step(name="rule", taken=len(zone), given=len(seen), reason=numbers),
        )
        return Signal(
            zone=self.zone,
            subject=seen[0].subject if self.hazard.per is Per.SUBJECT else None,
            level=self._level(level),
            score=float(np.mean([each.score for each in seen])),
            boxes=tuple(each.box for each in seen),
            measures={name: float(value) for name, value in measures.items()},
            trail=trail,
        )

    def _level(self, asked: Level | None) -> Level:
        """The site's level stands for the hazard's; what is worse than both stays so."""
        if asked is None or asked <= self.hazard.level:
            return self.level
        return max(asked, self.level, key=lambda level: level.rank)

    @property
    def _inside(self) -> NDArray[np.bool_]:
        return np.array([track.subject in self.entered for track in self.tracks], np.bool_)

    @property
    def _places(self) -> NDArray[np.float64]:
        return self.ground.places(track.box.foot for track in self.tracks)
