"""One frame of a camera as its scenarios see it: what several of them ask is worked out once."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial

from pipeline.alerting.step import Step
from pipeline.detection import Detections
from pipeline.geometry.shapes import Line, Place
from pipeline.ground.ground_plane import FromPeople
from pipeline.pixels.pixel_events import NOTHING, Sights, within
from pipeline.rules.capability import Need
from pipeline.scene.context_builder import Outlook
from pipeline.scene.line_crossing import STAYED, Crossed, Crossings
from pipeline.scene.posture import Postures, Stance
from pipeline.scene.track_set import Watched
from pipeline.scene.zone_dwell import Presence


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A frame, or a time without one.

    Args:
        at: When.
        found: All that was detected; ``None`` where nobody looked.
        everybody: All confirmed tracks.
        sights: What pixels say of the whole frame.
        entered: Since when each subject that stands in a zone has been there, by zone.
        crossed: Who has crossed, by line.
        stances: How people hold themselves; empty unless a scenario needs it.
    """

    at: datetime
    found: Detections | None = None
    everybody: Watched = field(default_factory=lambda: Watched((), FromPeople()))
    sights: Sights = NOTHING
    entered: Mapping[Place, Mapping[int, datetime]] = field(default_factory=dict)
    crossed: Mapping[Place, Crossed] = field(default_factory=dict)
    stances: Mapping[int, Stance] = field(default_factory=dict)
    _of: dict[frozenset[str], Watched] = field(default_factory=dict, init=False, repr=False)
    _outlooks: dict[tuple[frozenset[str], Place], Outlook] = field(
        default_factory=dict, init=False, repr=False
    )

    def of(self, labels: frozenset[str]) -> Watched:
        """The tracks of these labels; the same object for all who ask."""
        watched = self._of.get(labels)
        if watched is None:
            watched = self._of[labels] = self.everybody.only(labels)
        return watched

    def outlook(self, labels: frozenset[str], place: Place) -> Outlook:
        """What can be seen of a zone; the same object for all who watch these labels there."""
        key = labels, place
        known = self._outlooks.get(key)
        if known is None:
            watched = self.of(labels)
            known = self._outlooks[key] = Outlook(
                at=self.at,
                place=place,
                watched=watched,
                entered=self.entered.get(place, {}),
                crossed=self.crossed.get(place, STAYED).ways,
                stances=self.stances,
                sights=within(place.contains, self.sights),
                trail=partial(_steps, self.found, labels, watched),
            )
        return known


def _steps(found: Detections | None, labels: frozenset[str], watched: Watched) -> tuple[Step, ...]:
    """What happened before any rule for these labels was asked."""
    if found is None:
        return ()
    n = sum(found.labels.count(label) for label in labels)
    return (
        Step(name="detect", taken=len(found), given=n, reason=_words(labels)),
        Step(name="track", taken=n, given=len(watched.tracks)),
    )


@cache
def _words(labels: frozenset[str]) -> str:
    return ", ".join(sorted(labels))


class Moments:
    """Tracks in, moments out: follows who is where since when, for all scenarios of a camera.

    Args:
        places: All that some scenario watches.
        needs: Of all scenarios.
    """

    def __init__(self, places: Iterable[Place], needs: Container[Need] = ()) -> None:
        each = dict.fromkeys(places)
        self._lines = {place: Crossings(place) for place in each if isinstance(place, Line)}
        self._zones = {place: Presence(place) for place in each if place not in self._lines}
        self._postures = Postures() if Need.POSTURES in needs else None

    def push(
        self, at: datetime, found: Detections, everybody: Watched, *, sights: Sights = NOTHING
    ) -> Moment:
        """Take a frame: what was detected, the tracks made of it, and what pixels say."""
        return Moment(
            at=at,
            found=found,
            everybody=everybody,
            sights=sights,
            entered={place: zone.push(at, everybody) for place, zone in self._zones.items()},
            crossed={place: line.push(at, everybody) for place, line in self._lines.items()},
            stances=self._postures.push(at, everybody) if self._postures else {},
        )
