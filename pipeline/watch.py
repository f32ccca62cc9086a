"""One scenario on one camera: its zones, its rule, its alerts."""

from collections.abc import Sequence
from datetime import datetime

from pipeline.alert import Alert, CloseReason
from pipeline.debounce import Debouncer
from pipeline.detection import Detections
from pipeline.ground import FromPeople
from pipeline.presence import Presence
from pipeline.scenario import Scenario
from pipeline.scene import Scene
from pipeline.signal import Signal
from pipeline.step import Step
from pipeline.track import Track


class Watch:
    """Ask a scenario's rule about each zone of each frame, and debounce what it says."""

    def __init__(self, scenario: Scenario, *, origin: str, camera: str) -> None:
        self._scenario = scenario
        self._zones = [Presence(zone) for zone in scenario.zones]
        self._debouncer = Debouncer(scenario.hazard, scenario.timing, origin=origin, camera=camera)

    def push(
        self, at: datetime, found: Detections, tracks: Sequence[Track], ground: FromPeople
    ) -> list[Alert]:
        """Take a frame: all that was detected, and the tracks made of it."""
        watches = self._scenario.hazard.watches
        watched = [track for track in tracks if track.label in watches]
        trail = self._trail(found, watched)
        signals: list[Signal] = []
        for zone in self._zones:
            scene = Scene(
                at=at,
                hazard=self._scenario.hazard,
                level=self._scenario.level,
                zone=zone.zone.name,
                tracks=watched,
                entered=zone.push(at, watched),
                ground=ground,
                trail=trail,
            )
            signals += self._scenario.rule(scene)
        return self._debouncer.push(at, signals)

    def gap(self, since: datetime, until: datetime) -> list[Alert]:
        """Note that nobody looked; see ``Debouncer.gap``."""
        return self._debouncer.gap(since, until)

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
            Step(name="track", taken=n, given=len(watched), reason="confirmed"),
        )
