"""All that a rule may ask about one frame: a rule asks, numpy answers here."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import compress
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from pipeline import formations
from pipeline.crossings import Way
from pipeline.geometry import Box, Place, Zone
from pipeline.ground import Ground
from pipeline.hazard import Hazard, Per
from pipeline.pixels.sights import NOTHING, Burning, Fate, Fire, Outage, Sights, Still, Toss, View
from pipeline.posture import Stance
from pipeline.signal import Level, Signal, Visible
from pipeline.sizes import Riding, metres_high, overlap
from pipeline.step import Step
from pipeline.track import Track

Numbers = NDArray[np.float64]
NOBODY = Stance()
SAME = 0.5
"""Overlap (IoU) of boxes from which on two labels are one thing."""
AHEAD = 0.2
"""Seconds over which a speed in the frame becomes one on the ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """The zone itself, for what no track shows: nobody is there, or too many are inside."""

    box: Box
    subject: int = 1
    score: float = 1.0


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
        place: The zone's corners or ends.
        stances: How the people of the frame hold themselves; empty unless it is needed.
        crossed: Which way the subjects of the frame have crossed the zone, if it is a line.
        inside: How many are inside by all lines of the scenario, at its first zone alone.
    """

    at: datetime
    hazard: Hazard
    level: Level
    zone: str
    tracks: Sequence[Track]
    entered: Mapping[int, datetime]
    ground: Ground
    trail: tuple[Step, ...] = field(default=())
    sights: Sights = NOTHING
    area: float = 1.0
    place: Place = field(default_factory=Zone.whole)
    stances: Mapping[int, Stance] = field(default_factory=dict)
    crossed: Mapping[int, Way] = field(default_factory=dict)
    inside: int | None = None

    def in_zone(self) -> list[Track]:
        """The tracks whose feet are in the zone."""
        return list(compress(self.tracks, self._inside))

    def count(self, label: str) -> int:
        """How many of ``label`` are in the zone."""
        return sum(track.label == label for track in self.in_zone())

    def clusters(self, radius: float) -> list[tuple[Track, ...]]:
        """Group the zone's tracks, each within ``radius`` metres of its next; largest first."""
        tracks = self.in_zone()
        groups = formations.groups(self._places[self._inside], radius)
        return [tuple(tracks[i] for i in group) for group in groups]

    def densest(self, radius: float) -> tuple[tuple[Track, ...], float]:
        """Those of the zone who stand closest together, within ``radius`` metres of one.

        Returns:
            They, and how many others a square metre that one has around him.
        """
        tracks = self.in_zone()
        group, per_m2 = formations.densest(self._places[self._inside], radius)
        return tuple(tracks[i] for i in group), per_m2

    def parting(self, speed: float) -> list[Track]:
        """Those of the zone who run, at ``speed`` m/s or more, away from the middle of all."""
        tracks, inside = self.in_zone(), self._inside
        who = formations.parting(self._places[inside], self._velocities[inside], speed)
        return [tracks[i] for i in who]

    def spread(self, tracks: Sequence[Track]) -> float:
        """How differently all are headed: 0 for one way, 1 for every way."""
        return formations.spread(self._velocities[[self._row[t.subject] for t in tracks]])

    def metres(self, a: Track, b: Track) -> float:
        """How far apart two stand, feet to feet."""
        here, there = (self._places[self._row[track.subject]] for track in (a, b))
        return float(np.linalg.norm(here - there))

    def near(self, track: Track, label: str, radius: float) -> list[Track]:
        """All other tracks of ``label`` within ``radius`` metres, in the zone or not."""
        away = self._places - self._places[self._row[track.subject]]
        close = np.hypot(*away.T) <= radius
        others = compress(self.tracks, close)
        return [other for other in others if other.label == label and other is not track]

    def speed(self, track: Track) -> float:
        """Metres a second, as the tracker smooths it.

        On marked ground all are measured there. Else people are, to about a quarter, and all
        else by its own size, which needs no people in view and is good to a factor of two.
        """
        return float(self._paces[self._row[track.subject]])

    def lift(self, person: Track) -> float:
        """How many metres somebody's feet are above the ground.

        Who hangs on a wall looks too tall for the ground behind it. Heights differ by a
        tenth, so the error is a tenth of the height at which the camera hangs.
        """
        [tall] = self.ground.heights([person.box.foot])
        return float(self.ground.mast_m * (1 - tall / person.box.h))

    def has_moved(self, track: Track) -> bool:
        """Whether it has ever left the place where it was first seen."""
        return track.still_since > track.since

    def is_riding(self, person: Track) -> bool:
        """Whether somebody rides a bicycle or sits in a vehicle, of those that are watched."""
        return self._riding.holds(person)

    def is_double(self, track: Track, labels: Container[str]) -> bool:
        """Whether the same thing is seen under another of ``labels``, too."""
        others = (t for t in self.tracks if t.label in labels and t is not track)
        return any(overlap(track.box, other.box) >= SAME for other in others)

    def crossing(self, way: Way | None = None) -> list[Track]:
        """Who has crossed the line, and has not come back since; ``None`` for either way."""
        ways = {way} if way else set(Way)
        return [track for track in self.tracks if self.crossed.get(track.subject) in ways]

    def lies_for(self, person: Track) -> timedelta:
        """How long somebody has been down; nothing for who is up. Needs ``postures``."""
        return self.at - (self.stances.get(person.subject, NOBODY).lying_since or self.at)

    def fell(self, person: Track) -> bool:
        """Whether somebody is down who was up a second before he went down."""
        return self.stances.get(person.subject, NOBODY).fell

    def spot(self) -> Spot:
        """The zone itself, to point at where there is no track to point at."""
        xs, ys = (sorted(side) for side in zip(*self.place.points, strict=True))
        w, h = max(xs[-1] - xs[0], 0.001), max(ys[-1] - ys[0], 0.001)
        return Spot(box=Box(min(xs[0], 1 - w), min(ys[0], 1 - h), w, h))

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
        zone = self.entered or self.crossed
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
            score=fmean([each.score for each in seen]),
            boxes=tuple(each.box for each in seen),
            measures={name: float(value) for name, value in measures.items()},
            trail=trail,
        )

    def _level(self, asked: Level | None) -> Level:
        """The site's level stands for the hazard's; what is worse than both stays so."""
        if asked is None or asked <= self.hazard.level:
            return self.level
        return max(asked, self.level, key=lambda level: level.rank)

    @cached_property
    def _inside(self) -> NDArray[np.bool_]:
        return np.array([track.subject in self.entered for track in self.tracks], np.bool_)

    @cached_property
    def _row(self) -> Mapping[int, int]:
        return {track.subject: row for row, track in enumerate(self.tracks)}

    @cached_property
    def _places(self) -> Numbers:
        return self.ground.places(track.box.foot for track in self.tracks)

    @cached_property
    def _velocities(self) -> Numbers:
        """[n, 2] metres a second to the right and away, or by its own size to the right and up."""
        motion = np.array([track.motion for track in self.tracks], np.float64).reshape(-1, 2)
        feet = np.array([track.box.foot for track in self.tracks], np.float64).reshape(-1, 2)
        on_ground = (self.ground.places(feet + AHEAD * motion) - self._places) / AHEAD
        high = [metres_high(track.label) / track.box.h for track in self.tracks]
        by_size = motion * (self.ground.aspect, -1.0) * np.array(high).reshape(-1, 1)
        marked = self.ground.is_marked
        there = np.array([marked or track.label == "person" for track in self.tracks], np.bool_)
        return np.where(there.reshape(-1, 1), on_ground, by_size)

    @cached_property
    def _paces(self) -> Numbers:
        return np.asarray(np.hypot(*self._velocities.T))

    @cached_property
    def _riding(self) -> Riding:
        return Riding(self.tracks)
