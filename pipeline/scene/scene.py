"""All that a rule may ask about one frame: a rule asks, numpy answers here."""

from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from statistics import fmean

import msgspec
import numpy as np

from pipeline.geometry.shapes import Box
from pipeline.pixels.pixel_events import (
    FallingObject,
    Fire,
    FireKind,
    Outage,
    StaticChange,
    StaticObject,
    ViewChange,
)
from pipeline.rules.hazard import Per, ScenarioSpec
from pipeline.scene import spatial
from pipeline.scene.context_builder import ZoneContext
from pipeline.scene.line_crossing import Direction
from pipeline.scene.posture import NOT_LYING
from pipeline.signal import Level, SceneObject, Signal
from pipeline.track import Track


class ZoneTarget(msgspec.Struct, frozen=True, kw_only=True):
    """The zone itself, for what no track shows: nobody is there, or too many are inside."""

    box: Box
    subject: int = 1
    score: float = 1.0


class Scene(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One zone of one camera at one moment.

    Args:
        spec: What is looked for.
        level: That of a signal which names none.
        context: All that can be seen of the zone; other scenarios may share it.
        occupancy: People inside by all lines of the scenario: in minus out, never below 0.
    """

    spec: ScenarioSpec
    level: Level
    context: ZoneContext
    occupancy: int = 0

    @property
    def at(self) -> datetime:
        """Capture time of the frame."""
        return self.context.at

    @property
    def zone_area(self) -> float:
        """Part of the frame that the zone covers."""
        return self.context.zone.area

    @property
    def tracks(self) -> Sequence[Track]:
        """All that are watched, in the zone or not."""
        return self.context.tracks.tracks

    def in_zone(self) -> list[Track]:
        """The tracks whose feet are in the zone."""
        return list(self.context.in_zone)

    def count(self, label: str) -> int:
        """How many of ``label`` are in the zone."""
        return sum(track.label == label for track in self.in_zone())

    def clusters(self, radius_m: float, min_size: int = 1) -> list[tuple[Track, ...]]:
        """Group the zone's tracks, each within ``radius_m`` metres of its next; largest first.

        Only groups of ``min_size`` or more count, which is found without measuring where fewer
        stand in the zone.
        """
        tracks = self.in_zone()
        if len(tracks) < min_size:
            return []
        groups = spatial.connected_groups(self.context.distances <= radius_m)
        return [tuple([tracks[i] for i in group]) for group in groups if len(group) >= min_size]

    def densest_group(self, radius_m: float) -> tuple[tuple[Track, ...], float]:
        """Those of the zone who stand closest together, within ``radius_m`` metres of one.

        Returns:
            They, and how many others a square metre that one has around him.
        """
        tracks = self.in_zone()
        group, per_m2 = spatial.densest(self.context.distances, radius_m)
        return tuple(tracks[i] for i in group), per_m2

    def dispersing(self, min_speed_mps: float, min_count: int = 1) -> list[Track]:
        """Those of the zone who run, at ``min_speed_mps`` m/s or more, away from the middle of all.

        Nobody where fewer than ``min_count`` run at all; fewer may run away than do run.
        """
        if len(self.context.in_zone) < min_count:
            return []
        rows, columns = self.context.rows, self.context.tracks.whole.columns
        if np.count_nonzero(columns.paces[rows] >= min_speed_mps) < max(min_count, 1):
            return []
        who = spatial.dispersing(columns.places[rows], columns.velocities[rows], min_speed_mps)
        return [self.context.in_zone[i] for i in who]

    def heading_dispersion(self, tracks: Sequence[Track]) -> float:
        """How differently all are headed: 0 for one way, 1 for every way."""
        watched = self.context.tracks
        return spatial.heading_dispersion(watched.whole.columns.velocities[watched.rows(tracks)])

    def distance_m(self, a: Track, b: Track) -> float:
        """How far apart two stand, feet to feet."""
        here, there = self.context.tracks.rows([a, b])
        return float(self.context.tracks.whole.distances[here, there])

    def neighbours(self, track: Track, label: str, radius_m: float) -> list[Track]:
        """All other tracks of ``label`` within ``radius_m`` metres, in the zone or not."""
        close = self.context.tracks.neighbours(track, radius_m)
        return [other for other in close if other.label == label]

    def speed_mps(self, track: Track) -> float:
        """Metres a second, as the tracker smooths it.

        On marked ground all are measured there. Else people are, to about a quarter, and all
        else by its own size, which needs no people in view and is good to a factor of two.
        """
        watched = self.context.tracks.whole
        return watched.speeds[watched.row[track.subject]]

    def height_above_ground(self, person: Track) -> float:
        """How many metres somebody's feet are above the ground.

        Who hangs on a wall looks too tall for the ground behind it. Heights differ by a
        tenth, so the error is a tenth of the height at which the camera hangs.
        """
        watched = self.context.tracks.whole
        return watched.heights_above_ground[watched.row[person.subject]]

    def has_moved(self, track: Track) -> bool:
        """Whether it has ever left the place where it was first seen."""
        return track.stationary_since > track.first_seen_at

    def is_riding(self, person: Track) -> bool:
        """Whether somebody rides a bicycle or sits in a vehicle, of those that are watched."""
        return person.subject in self.context.tracks.riders

    def is_duplicate(self, track: Track, labels: Container[str]) -> bool:
        """Whether the same thing is seen under another of ``labels``, too."""
        doubles = self.context.tracks.duplicates(track)
        return bool(doubles) and any(other.label in labels for other in doubles)

    def crossed(self, direction: Direction | None = None) -> list[Track]:
        """Who has crossed the line, and has not come back since; ``None`` for either way."""
        over, ways = self.context.crossed, self.context.directions
        return [one for one in over if direction is None or ways[one.subject] is direction]

    def lying_for(self, person: Track) -> timedelta:
        """How long somebody has been down; nothing for who is up. Needs ``postures``."""
        at = self.context.at
        return at - (self.context.postures.get(person.subject, NOT_LYING).lying_since or at)

    def has_fallen(self, person: Track) -> bool:
        """Whether somebody is down who was up a second before he went down."""
        return self.context.postures.get(person.subject, NOT_LYING).has_fallen

    def zone_target(self) -> ZoneTarget:
        """The zone itself, to point at where there is no track to point at."""
        xs, ys = (sorted(side) for side in zip(*self.context.zone.points, strict=True))
        w, h = max(xs[-1] - xs[0], 0.001), max(ys[-1] - ys[0], 0.001)
        return ZoneTarget(box=Box(min(xs[0], 1 - w), min(ys[0], 1 - h), w, h))

    def dwell(self, track: Track) -> timedelta:
        """How long it has been in the zone; nothing for who is outside."""
        at = self.context.at
        return at - self.context.entered_at.get(track.subject, at)

    def stationary_for(self, track: Track) -> timedelta:
        """How long it has not left its place."""
        return self.context.at - track.stationary_since

    def static_objects(self, change: StaticChange) -> list[StaticObject]:
        """Things in the zone that have appeared there, or vanished, and stay so."""
        return [
            still for still in self.context.pixel_events.static_objects if still.change is change
        ]

    def view_change(self) -> ViewChange | None:
        """How the picture compares with the usual one; ``None`` while that is learned."""
        return self.context.pixel_events.view_change

    def falling_objects(self) -> tuple[FallingObject, ...]:
        """What is falling through the zone now."""
        return self.context.pixel_events.falling_objects

    def fires(self, kind: FireKind | None = None) -> list[Fire]:
        """What burns or smokes in the zone; experimental."""
        return [fire for fire in self.context.pixel_events.fires if kind in {None, fire.kind}]

    def outage(self) -> Outage | None:
        """Since when no picture has come; ``None`` while they do."""
        return self.context.pixel_events.outage

    def signal(
        self, *objects: SceneObject, level: Level | None = None, **measures: float
    ) -> Signal:
        """Point at what was seen.

        Args:
            objects: Tracks or sights that the signal rests on, at least one; with
                ``per="subject"`` the first is the subject.
            level: How bad; the scenario's own if it is left out.
            measures: The numbers behind it; the hazard's ``because`` is made from them.

        Returns:
            A signal whose score is the mean of theirs.
        """
        return Signal(
            zone=self.context.zone.name,
            subject=objects[0].subject if self.spec.per is Per.SUBJECT else None,
            level=self._level(level),
            score=objects[0].score
            if len(objects) == 1
            else fmean([each.score for each in objects]),
            boxes=tuple([each.box for each in objects]),
            measures={name: float(value) for name, value in measures.items()},
            steps=self.context.steps,
        )

    def _level(self, asked: Level | None) -> Level:
        """The site's level stands for the hazard's; what is worse than both stays so."""
        if asked is None or asked.rank <= self.spec.level.rank:
            return self.level
        return max(asked, self.level, key=lambda level: level.rank)
