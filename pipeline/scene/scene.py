"""All that a rule may ask about one frame: a rule asks, numpy answers here."""

from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from statistics import fmean

import msgspec
import numpy as np

from pipeline.geometry.shapes import Box
from pipeline.pixels.pixel_events import Burning, Fate, Fire, Outage, Still, Toss, View
from pipeline.rules.hazard import Hazard, Per
from pipeline.scene import spatial
from pipeline.scene.context_builder import Outlook
from pipeline.scene.line_crossing import Way
from pipeline.scene.posture import STANDING
from pipeline.signal import Level, Signal, Visible
from pipeline.track import Track


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """The zone itself, for what no track shows: nobody is there, or too many are inside."""

    box: Box
    subject: int = 1
    score: float = 1.0


class Scene(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One zone of one camera at one moment.

    Args:
        hazard: What is looked for.
        level: That of a signal which names none.
        outlook: All that can be seen of the zone; other scenarios may share it.
        inside: How many are inside by all lines of the scenario, at its first zone alone.
    """

    hazard: Hazard
    level: Level
    outlook: Outlook
    inside: int | None = None

    @property
    def at(self) -> datetime:
        """Capture time of the frame."""
        return self.outlook.at

    @property
    def area(self) -> float:
        """Part of the frame that the zone covers."""
        return self.outlook.place.area

    @property
    def tracks(self) -> Sequence[Track]:
        """All that are watched, in the zone or not."""
        return self.outlook.watched.tracks

    def in_zone(self) -> list[Track]:
        """The tracks whose feet are in the zone."""
        return list(self.outlook.in_zone)

    def count(self, label: str) -> int:
        """How many of ``label`` are in the zone."""
        return sum(track.label == label for track in self.in_zone())

    def clusters(self, radius: float, least: int = 1) -> list[tuple[Track, ...]]:
        """Group the zone's tracks, each within ``radius`` metres of its next; largest first.

        Only groups of ``least`` or more count, which is found without measuring where fewer
        stand in the zone.
        """
        tracks = self.in_zone()
        if len(tracks) < least:
            return []
        groups = spatial.groups(self.outlook.apart <= radius)
        return [tuple([tracks[i] for i in group]) for group in groups if len(group) >= least]

    def densest(self, radius: float) -> tuple[tuple[Track, ...], float]:
        """Those of the zone who stand closest together, within ``radius`` metres of one.

        Returns:
            They, and how many others a square metre that one has around him.
        """
        tracks = self.in_zone()
        group, per_m2 = spatial.densest(self.outlook.apart, radius)
        return tuple(tracks[i] for i in group), per_m2

    def parting(self, speed: float, least: int = 1) -> list[Track]:
        """Those of the zone who run, at ``speed`` m/s or more, away from the middle of all.

        Nobody where fewer than ``least`` run at all; fewer may run away than do run.
        """
        if len(self.outlook.in_zone) < least:
            return []
        rows, columns = self.outlook.rows, self.outlook.watched.whole.columns
        if np.count_nonzero(columns.paces[rows] >= speed) < max(least, 1):
            return []
        who = spatial.parting(columns.places[rows], columns.velocities[rows], speed)
        return [self.outlook.in_zone[i] for i in who]

    def spread(self, tracks: Sequence[Track]) -> float:
        """How differently all are headed: 0 for one way, 1 for every way."""
        watched = self.outlook.watched
        return spatial.spread(watched.whole.columns.velocities[watched.rows(tracks)])

    def metres(self, a: Track, b: Track) -> float:
        """How far apart two stand, feet to feet."""
        here, there = self.outlook.watched.rows([a, b])
        return float(self.outlook.watched.whole.apart[here, there])

    def near(self, track: Track, label: str, radius: float) -> list[Track]:
        """All other tracks of ``label`` within ``radius`` metres, in the zone or not."""
        close = self.outlook.watched.near(track, radius)
        return [other for other in close if other.label == label]

    def speed(self, track: Track) -> float:
        """Metres a second, as the tracker smooths it.

        On marked ground all are measured there. Else people are, to about a quarter, and all
        else by its own size, which needs no people in view and is good to a factor of two.
        """
        watched = self.outlook.watched.whole
        return watched.paces[watched.row[track.subject]]

    def lift(self, person: Track) -> float:
        """How many metres somebody's feet are above the ground.

        Who hangs on a wall looks too tall for the ground behind it. Heights differ by a
        tenth, so the error is a tenth of the height at which the camera hangs.
        """
        watched = self.outlook.watched.whole
        return watched.lifts[watched.row[person.subject]]

    def has_moved(self, track: Track) -> bool:
        """Whether it has ever left the place where it was first seen."""
        return track.still_since > track.since

    def is_riding(self, person: Track) -> bool:
        """Whether somebody rides a bicycle or sits in a vehicle, of those that are watched."""
        return person.subject in self.outlook.watched.carried

    def is_double(self, track: Track, labels: Container[str]) -> bool:
        """Whether the same thing is seen under another of ``labels``, too."""
        doubles = self.outlook.watched.doubles(track)
        return bool(doubles) and any(other.label in labels for other in doubles)

    def crossing(self, way: Way | None = None) -> list[Track]:
        """Who has crossed the line, and has not come back since; ``None`` for either way."""
        over, ways = self.outlook.over, self.outlook.crossed
        return [one for one in over if way is None or ways[one.subject] is way]

    def lies_for(self, person: Track) -> timedelta:
        """How long somebody has been down; nothing for who is up. Needs ``postures``."""
        at = self.outlook.at
        return at - (self.outlook.stances.get(person.subject, STANDING).lying_since or at)

    def fell(self, person: Track) -> bool:
        """Whether somebody is down who was up a second before he went down."""
        return self.outlook.stances.get(person.subject, STANDING).fell

    def spot(self) -> Spot:
        """The zone itself, to point at where there is no track to point at."""
        xs, ys = (sorted(side) for side in zip(*self.outlook.place.points, strict=True))
        w, h = max(xs[-1] - xs[0], 0.001), max(ys[-1] - ys[0], 0.001)
        return Spot(box=Box(min(xs[0], 1 - w), min(ys[0], 1 - h), w, h))

    def dwell(self, track: Track) -> timedelta:
        """How long it has been in the zone; nothing for who is outside."""
        at = self.outlook.at
        return at - self.outlook.entered.get(track.subject, at)

    def still_for(self, track: Track) -> timedelta:
        """How long it has not left its place."""
        return self.outlook.at - track.still_since

    def stills(self, fate: Fate) -> list[Still]:
        """Things in the zone that have appeared there, or vanished, and stay so."""
        return [still for still in self.outlook.sights.stills if still.fate is fate]

    def view(self) -> View | None:
        """How the picture compares with the usual one; ``None`` while that is learned."""
        return self.outlook.sights.view

    def tosses(self) -> tuple[Toss, ...]:
        """What is falling through the zone now."""
        return self.outlook.sights.tosses

    def fires(self, burning: Burning | None = None) -> list[Fire]:
        """What burns or smokes in the zone; experimental."""
        return [fire for fire in self.outlook.sights.fires if burning in {None, fire.burning}]

    def outage(self) -> Outage | None:
        """Since when no picture has come; ``None`` while they do."""
        return self.outlook.sights.outage

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
        return Signal(
            zone=self.outlook.place.name,
            subject=seen[0].subject if self.hazard.per is Per.SUBJECT else None,
            level=self._level(level),
            score=seen[0].score if len(seen) == 1 else fmean([each.score for each in seen]),
            boxes=tuple([each.box for each in seen]),
            measures={name: float(value) for name, value in measures.items()},
            before=self.outlook.before,
        )

    def _level(self, asked: Level | None) -> Level:
        """The site's level stands for the hazard's; what is worse than both stays so."""
        if asked is None or asked.rank <= self.hazard.level.rank:
            return self.level
        return max(asked, self.level, key=lambda level: level.rank)
