"""One scenario on one camera: its zones, its rule, its alerts."""

from collections.abc import Sequence
from datetime import datetime

from pipeline.alert import Alert, CloseReason
from pipeline.crossings import Crossings, Tally
from pipeline.debounce import Debouncer
from pipeline.detection import Detections
from pipeline.geometry import Line, Zone
from pipeline.ground import FromPeople, Ground
from pipeline.needs import Need
from pipeline.pixels.sights import NOTHING, Outage, Sights, within
from pipeline.posture import Postures
from pipeline.presence import Presence
from pipeline.scenario import Scenario
from pipeline.scene import Scene
from pipeline.signal import Signal
from pipeline.standing import Glimpse, Standing
from pipeline.step import Step
from pipeline.track import Track


class Watch:
    """Ask a scenario's rule about each zone of each frame, and debounce what it says."""

    def __init__(self, scenario: Scenario, *, origin: str, camera: str) -> None:
        self._scenario = scenario
        self._zones = [Presence(zone) for zone in scenario.zones]
        self._tally = Tally()
        self._lines = {
            zone.name: Crossings(zone, self._tally)
            for zone in scenario.zones
            if isinstance(zone, Line)
        }
        self._postures = Postures() if Need.POSTURES in scenario.hazard.needs else None
        self._debouncer = Debouncer(scenario.hazard, scenario.timing, origin=origin, camera=camera)
        self._last: datetime | None = None
        self._lost_since: datetime | None = None

    def push(
        self,
        at: datetime,
        found: Detections,
        tracks: Sequence[Track],
        ground: Ground,
        *,
        sights: Sights = NOTHING,
    ) -> list[Alert]:
        """Take a frame: all that was detected, the tracks made of it, and what pixels say."""
        self._last, self._lost_since = at, None
        watches = self._scenario.hazard.watches
        watched = [track for track in tracks if track.label in watches]
        trail = self._trail(found, watched)
        signals = self._asked(at, watched, ground, trail=trail, sights=sights)
        return self._debouncer.push(at, signals)

    def gap(self, since: datetime, until: datetime) -> list[Alert]:
        """Note that nobody looked; see ``Debouncer.gap``.

        A scenario that needs outages is asked instead: to it a gap is what it looks for.
        """
        if Need.OUTAGES not in self._scenario.hazard.needs:
            return self._debouncer.gap(since, until)
        until = max(since, until)
        if self._last is None:
            self._debouncer.push(since, ())
        self._lost_since = self._lost_since or self._last or since
        self._last = until
        lost = Sights(outage=Outage(since=self._lost_since))
        return self._debouncer.push(until, self._asked(until, (), FromPeople(), sights=lost))

    def standing(self) -> list[Standing]:
        """Say how every happening stands that was signalled lately; see ``Debouncer``."""
        return self._debouncer.standing()

    def glimpses(self) -> list[Glimpse]:
        """Say what the last frame shows of open alerts; see ``Debouncer``."""
        return self._debouncer.glimpses()

    def _asked(
        self,
        at: datetime,
        tracks: Sequence[Track],
        ground: Ground,
        *,
        sights: Sights,
        trail: tuple[Step, ...] = (),
    ) -> list[Signal]:
        """What the rule says of each zone."""
        signals: list[Signal] = []
        stances = self._postures.push(at, tracks, ground) if self._postures else {}
        crossed = {name: line.push(at, tracks) for name, line in self._lines.items()}
        for zone in self._zones:
            scene = Scene(
                at=at,
                hazard=self._scenario.hazard,
                level=self._scenario.level,
                zone=zone.zone.name,
                tracks=tracks,
                entered=zone.push(at, tracks),
                ground=ground,
                trail=trail,
                sights=within(zone.zone.contains, sights),
                area=zone.zone.polygon.area if isinstance(zone.zone, Zone) else 0.0,
                place=zone.zone,
                stances=stances,
                crossed=crossed.get(zone.zone.name, {}),
                inside=self._tally.people if zone is self._zones[0] else None,
            )
            signals += self._scenario.rule(scene)
        return signals

    def end(self, at: datetime, reason: CloseReason) -> list[Alert]:
        """Close all that is open."""
        return self._debouncer.end(at, reason)

    def _trail(self, found: Detections, watched: Sequence[Track]) -> tuple[Step, ...]:
        """What happened before the rule was asked."""
        watches = self._scenario.hazard.watches
        n = sum(label in watches for label in found.labels)
        labels = ", ".join(sorted(watches))
        return (
            Step(name="detect", taken=len(found), given=n, reason=labels),
            Step(name="track", taken=n, given=len(watched)),
        )
