"""One scenario on one camera: its zones, its rule, its alerts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from pipeline.alert import Alert, CloseReason
from pipeline.alerting.debouncer import Debouncer
from pipeline.alerting.standing import EpisodeStatus, SnapshotCandidate
from pipeline.geometry.shapes import Line, ZoneOrLine
from pipeline.pixels.pixel_events import Outage, PixelEvents
from pipeline.rules.capability import Capability
from pipeline.rules.hazard import Per
from pipeline.rules.onset import Onset
from pipeline.rules.pace import Pace
from pipeline.rules.scenario import Scenario
from pipeline.scene.context_builder import ZoneContext
from pipeline.scene.frame_context import FrameContext
from pipeline.scene.line_crossing import NO_CROSSINGS, Occupancy
from pipeline.scene.scene import Scene
from pipeline.signal import Signal


class ScenarioRunner:
    """Ask a scenario's rule about each zone of each frame, and debounce what it says.

    Outside its schedule it is not asked: nothing is raised, and what is open is gone, and closed
    as such after ``clear``. Tracks, dwell and who has crossed are followed all the same.

    Args:
        turn: See ``Pace``.
    """

    def __init__(self, scenario: Scenario, *, origin: str, camera: str, turn: int = 0) -> None:
        self._scenario = scenario
        self._labels = scenario.spec.labels
        self._hours = None if scenario.schedule.is_always_on else scenario.schedule
        self._lines = [place for place in scenario.zones if isinstance(place, Line)]
        self._tally = Occupancy()
        self._debouncer = Debouncer(scenario.spec, scenario.timing, origin=origin, camera=camera)
        self._onset = Onset(scenario)
        self._pace = Pace(scenario, turn=turn)
        self._was_asked = self._is_told = False
        self._last: datetime | None = None
        self._lost_since: datetime | None = None

    def push(self, moment: FrameContext) -> list[Alert]:
        """Take a frame; a scenario that has time is not asked about each, see ``Pace``."""
        self._last, self._lost_since = moment.at, None
        self._count(moment)
        self._was_asked = self._pace.is_due(moment.at, told=self._is_told)
        if not self._was_asked:
            return []
        outlooks = self._outlooks(moment)
        signals = list(self._asked(outlooks))
        alerts = self._noted(self._debouncer.push(moment.at, signals))
        if self._onset.is_hasty:
            untold = [] if self._is_told else [each for each in outlooks if self._is_new(each.zone)]
            self._onset.push(moment.at, untold, signals=bool(signals))
        return alerts

    def record_gap(self, since: datetime, until: datetime) -> list[Alert]:
        """Note that nobody looked; see ``Debouncer.record_gap``.

        A scenario that needs outages is asked instead: to it a gap is what it looks for.
        """
        self._pace.forget()
        if Capability.OUTAGES not in self._scenario.spec.capabilities:
            return self._noted(self._debouncer.record_gap(since, until))
        until = max(since, until)
        if self._last is None:
            self._debouncer.push(since, ())
        self._lost_since = self._lost_since or self._last or since
        self._last = until
        lost = PixelEvents(outage=Outage(since=self._lost_since))
        outlooks = self._outlooks(FrameContext(at=until, pixel_events=lost))
        return self._noted(self._debouncer.push(until, self._asked(outlooks)))

    def episodes(self) -> list[EpisodeStatus]:
        """Say how every happening stands that was signalled lately; see ``Debouncer``."""
        return self._debouncer.episodes()

    def snapshot_candidates(self) -> list[SnapshotCandidate]:
        """Say what the last frame shows of open alerts, if it was asked about that one."""
        return self._debouncer.snapshot_candidates() if self._was_asked else []

    @property
    def is_pending(self) -> bool:
        """Whether the next frames may decide if something is opened."""
        return self._debouncer.is_pending or self._onset.is_near

    def close_alerts(self, at: datetime, reason: CloseReason) -> list[Alert]:
        """Close all that is open."""
        return self._noted(self._debouncer.close_alerts(at, reason))

    def _noted(self, alerts: list[Alert]) -> list[Alert]:
        """Note whether each zone is a happening that is open."""
        if alerts:
            self._is_told = not any(self._is_new(place) for place in self._scenario.zones)
        return alerts

    def _is_new(self, place: ZoneOrLine) -> bool:
        return not self._debouncer.is_open(place.name)

    def _outlooks(self, moment: FrameContext) -> list[ZoneContext]:
        """What can be seen of each zone; nothing outside its schedule."""
        if self._hours is not None and not self._hours.is_on(moment.at):
            return []
        return [moment.zone_context(self._labels, place) for place in self._scenario.zones]

    def _asked(self, outlooks: Iterable[ZoneContext]) -> Iterator[Signal]:
        """Evaluate the rule on each zone, or once for all of them."""
        spec, level = self._scenario.spec, self._scenario.level
        occupancy = self._tally.count
        for outlook in islice(outlooks, 1 if spec.per is Per.ALL_ZONES else None):
            scene = Scene(spec=spec, level=level, context=outlook, occupancy=occupancy)
            yield from self._scenario.rule(scene)

    def _count(self, moment: FrameContext) -> None:
        """Note who has crossed in this frame, of those that are watched."""
        everybody = moment.tracks
        for place in self._lines:
            for subject, way in moment.crossings.get(place, NO_CROSSINGS).new:
                if everybody.tracks[everybody.row[subject]].label in self._labels:
                    self._tally.push(way)


def make_runners(
    scenarios: Sequence[Scenario], *, origin: str, camera: str
) -> list[ScenarioRunner]:
    """Watch for all scenarios of a camera; those that watch the same take turns together."""
    turns = list(dict.fromkeys(scenario.spec.labels for scenario in scenarios))
    return [
        ScenarioRunner(each, origin=origin, camera=camera, turn=turns.index(each.spec.labels))
        for each in scenarios
    ]
