"""What a scenario rule can query about one zone in one frame."""

from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from statistics import fmean

import msgspec
import numpy as np

from pipeline.geometry.grouping import connected_groups
from pipeline.geometry.shapes import Box
from pipeline.pixels.pixel_events import (
    DenseCrowd,
    FallingObject,
    Fire,
    FireKind,
    Outage,
    StaticChange,
    StaticObject,
    ViewChange,
)
from pipeline.scenario_spec import Capability, Per, ScenarioSpec
from pipeline.scene import spatial
from pipeline.scene.fallen_person import NOT_LYING, FallenPerson
from pipeline.scene.frame_context import CheckPose, ZoneContext
from pipeline.scene.line_crossing import Direction
from pipeline.signal import CountedObject, ExplainStep, Level, SceneObject, Signal
from pipeline.track import Track


class ZoneTarget(msgspec.Struct, frozen=True, kw_only=True):
    """The zone itself as the object of a signal, where no track is: an empty post, an occupancy."""

    box: Box
    subject: int = 1
    score: float = 1.0


class Scene(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One zone of one camera in one frame.

    Args:
        spec: The scenario.
        level: Level of a signal that names none.
        context: The zone's facts, shared with other scenarios.
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
        """Share of the frame that the zone covers."""
        return self.context.zone.area

    @property
    def tracks(self) -> Sequence[Track]:
        """All tracks with the scenario's labels, inside the zone or not."""
        return self.context.tracks.tracks

    def in_zone(self) -> list[Track]:
        """Return the tracks whose feet are inside the zone."""
        return list(self.context.in_zone)

    def count(self, label: str) -> int:
        """Return how many tracks of ``label`` are inside the zone."""
        return sum(track.label == label for track in self.in_zone())

    def clusters(self, radius_m: float, min_size: int = 1) -> list[tuple[Track, ...]]:
        """Group the tracks inside the zone, each within ``radius_m`` of another of its group.

        Returns:
            Groups of ``min_size`` or more, largest first. With fewer tracks inside the zone no
            distance is computed.
        """
        tracks = self.in_zone()
        if len(tracks) < min_size:
            return []
        groups = connected_groups(self.context.distances <= radius_m)
        return [tuple([tracks[i] for i in group]) for group in groups if len(group) >= min_size]

    def densest_group(self, radius_m: float) -> tuple[tuple[Track, ...], float]:
        """Return the tracks around the one with most others within ``radius_m``.

        Returns:
            The tracks, and how many others per square metre that one has around it.
        """
        tracks = self.in_zone()
        group, per_m2 = spatial.densest(self.context.distances, radius_m)
        return tuple(tracks[i] for i in group), per_m2

    def dispersing(self, min_speed_mps: float, min_count: int = 1) -> list[Track]:
        """Return the tracks inside the zone that run away from the centre of all.

        Args:
            min_speed_mps: Speed from which a track runs.
            min_count: With fewer running tracks, in any direction, the result is empty.
        """
        if len(self.context.in_zone) < min_count:
            return []
        rows, frame = self.context.rows, self.context.tracks.frame
        if np.count_nonzero(frame.speeds_mps[rows] >= min_speed_mps) < max(min_count, 1):
            return []
        found = spatial.dispersing(
            frame.positions_m[rows], frame.velocities_mps[rows], min_speed_mps
        )
        return [self.context.in_zone[i] for i in found]

    def heading_dispersion(self, tracks: Sequence[Track]) -> float:
        """Return how much the headings of tracks differ: 0 for one direction, 1 for all."""
        own = self.context.tracks
        return spatial.heading_dispersion(own.frame.velocities_mps[own.rows(tracks)])

    def distance_m(self, a: Track, b: Track) -> float:
        """Return the distance between the feet of two tracks."""
        row, other = self.context.tracks.rows([a, b])
        return float(self.context.tracks.frame.distances[row, other])

    def neighbours(self, track: Track, label: str, radius_m: float) -> list[Track]:
        """Return all other tracks of ``label`` within ``radius_m``, inside the zone or not."""
        close = self.context.tracks.neighbours(track, radius_m)
        return [other for other in close if other.label == label]

    def speed_mps(self, track: Track) -> float:
        """Return the speed of a track, smoothed by the tracker.

        On marked ground all speeds are measured on the ground. Elsewhere those of people are, to
        about a quarter; other objects are measured by their own size, to a factor of two.
        """
        frame = self.context.tracks.frame
        return frame.speed_list_mps[frame.row[track.subject]]

    def height_above_ground(self, person: Track) -> float:
        """Return how many metres the feet of a person are above the ground.

        A person on a wall looks too tall for the ground behind it. People differ by a tenth in
        height, so the error is a tenth of the height of the camera.
        """
        frame = self.context.tracks.frame
        return frame.heights_above_ground[frame.row[person.subject]]

    def has_moved(self, track: Track) -> bool:
        """Return whether a track has ever left the place where it was first seen."""
        return track.stationary_since > track.first_seen_at

    def is_riding(self, person: Track) -> bool:
        """Return whether a person rides or sits in a vehicle of the scenario's labels."""
        return person.subject in self.context.tracks.riders

    def is_duplicate(self, track: Track, labels: Container[str]) -> bool:
        """Return whether the same object also has a track with one of ``labels``."""
        duplicates = self.context.tracks.duplicates(track)
        return bool(duplicates) and any(other.label in labels for other in duplicates)

    def crossed(self, direction: Direction | None = None) -> list[Track]:
        """Return the tracks that have crossed the line and not come back since.

        Args:
            direction: ``None`` for both.
        """
        crossed, directions = self.context.crossed, self.context.directions
        if direction is None:
            return list(crossed)
        return [track for track in crossed if directions[track.subject] is direction]

    def lying_for(self, person: Track) -> timedelta:
        """Return how long a person has been down; zero if upright. Needs ``postures``."""
        at = self.context.at
        return at - (self.context.postures.lying.get(person.subject, NOT_LYING).lying_since or at)

    def has_fallen(self, person: Track) -> bool:
        """Return whether a person is down and was upright a second before. Needs ``postures``."""
        return self.context.postures.lying.get(person.subject, NOT_LYING).has_fallen

    def fallen(self) -> list[FallenPerson]:
        """Return everybody who fell in the zone and is still down. Needs ``postures``.

        Unlike ``has_fallen`` it includes people whom the detector has lost as a track. The score
        is the mean of those of the detection and of the best look of the pose model, if any.
        """
        zone, fallen = self.context.zone, self.context.postures.fallen
        inside = [each for each in fallen if zone.contains([each.box.foot])[0]]
        check = self.context.check_pose
        return [_with_pose(each, check) for each in inside] if check else inside

    def may_be_person(self, person: Track | FallenPerson) -> bool:
        """Return whether the pose model accepts somebody as a person. Needs ``postures``.

        ``False`` only once it has looked several times and seen a curtain, a pole or a statue each
        time; without a pose model always ``True``.
        """
        check = self.context.check_pose
        return check is None or not check(person.subject, person.box).is_refused

    def zone_target(self) -> ZoneTarget:
        """Return the zone as the object of a signal, where there is no track to name."""
        xs, ys = (sorted(side) for side in zip(*self.context.zone.points, strict=True))
        w, h = max(xs[-1] - xs[0], 0.001), max(ys[-1] - ys[0], 0.001)
        return ZoneTarget(box=Box(min(xs[0], 1 - w), min(ys[0], 1 - h), w, h))

    def dwell(self, track: Track) -> timedelta:
        """Return how long a track has been inside the zone; zero outside."""
        at = self.context.at
        return at - self.context.entered_at.get(track.subject, at)

    def stationary_for(self, track: Track) -> timedelta:
        """Return how long a track has not left its place."""
        return self.context.at - track.stationary_since

    def static_objects(self, change: StaticChange) -> list[StaticObject]:
        """Return the objects that appeared in or disappeared from the zone.

        They have not changed since.
        """
        objects = self.context.pixel_events.static_objects
        return [each for each in objects if each.change is change]

    def view_change(self) -> ViewChange | None:
        """Return how the view differs from the usual one; ``None`` while that is learned."""
        return self.context.pixel_events.view_change

    def falling_objects(self) -> tuple[FallingObject, ...]:
        """Return the objects that are falling through the zone."""
        return self.context.pixel_events.falling_objects

    def fires(self, kind: FireKind | None = None) -> list[Fire]:
        """Return flames and smoke inside the zone; experimental."""
        return [fire for fire in self.context.pixel_events.fires if kind in {None, fire.kind}]

    def dense_crowds(self) -> tuple[DenseCrowd, ...]:
        """Return the crowds inside the zone in which people hide each other, largest first.

        Their number is an estimate. Needs ``dense_crowds``.
        """
        return self.context.pixel_events.dense_crowds

    def outage(self) -> Outage | None:
        """Return the current stream gap; ``None`` while frames arrive."""
        return self.context.pixel_events.outage

    def signal(
        self, *objects: SceneObject, level: Level | None = None, **measures: float
    ) -> Signal:
        """Create a signal.

        Args:
            objects: What it is based on, at least one; with ``per="subject"`` the first is the
                subject.
            level: ``None`` for the scenario's own.
            measures: The numbers behind it; the message of the alert is filled from them.

        Returns:
            A signal whose score is the mean of those of the objects.
        """
        return Signal(
            zone=self.context.zone.name,
            subject=objects[0].subject if self.spec.per is Per.SUBJECT else None,
            level=self._effective_level(level),
            score=(
                objects[0].score if len(objects) == 1 else fmean([each.score for each in objects])
            ),
            objects=tuple([_counted(each) for each in objects]),
            measures={name: float(value) for name, value in measures.items()},
            steps=self.context.steps + self._posture_step(objects),
        )

    def _posture_step(self, objects: tuple[SceneObject, ...]) -> tuple[ExplainStep, ...]:
        """Return what the pose model says about the objects; empty if no posture is needed."""
        if Capability.POSTURES not in self.spec.capabilities:
            return ()
        check = self.context.check_pose
        poses = [check(each.subject, each.box).best for each in objects] if check else []
        seen = [pose for pose in poses if pose is not None]
        best = max(seen, key=lambda pose: pose.score, default=None)
        reason = "no pose model" if check is None else "no look yet"
        if best is not None:
            reason = f"person={best.score:.2f} trunk_deg={best.trunk_deg:.0f}"
        step = ExplainStep(
            name="posture", value_in=len(objects), value_out=len(seen), reason=reason
        )
        return (step,)

    def _effective_level(self, level: Level | None) -> Level:
        """The site's level replaces that of the spec; a level above both is kept."""
        if level is None or level.rank <= self.spec.level.rank:
            return self.level
        return max(level, self.level, key=lambda each: each.rank)


def _with_pose(person: FallenPerson, check: CheckPose) -> FallenPerson:
    """Return the person with a score that the pose model has raised or lowered."""
    best = check(person.subject, person.box).best
    if best is None:
        return person
    return msgspec.structs.replace(person, score=(person.score + best.score) / 2)


def _counted(each: SceneObject) -> CountedObject:
    """Return what to show of an object; only tracks have a label and may be out of sight."""
    if isinstance(each, Track):
        return CountedObject(box=each.box, label=each.label, is_visible=not each.is_coasting)
    if isinstance(each, FallenPerson):
        return CountedObject(box=each.box, label=each.label, is_visible=each.is_visible)
    return CountedObject(box=each.box)
