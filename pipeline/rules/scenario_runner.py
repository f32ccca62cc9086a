"""Run one scenario on one camera: evaluate its rule on each zone and debounce the signals."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from pipeline.alert import Alert, CloseReason
from pipeline.alerting.debouncer import Debouncer, SecondLook
from pipeline.alerting.episode import EpisodeStatus, SnapshotCandidate
from pipeline.geometry.shapes import Line
from pipeline.pixels.pixel_events import Outage, PixelEvents
from pipeline.rules.scenario import Scenario
from pipeline.scenario_spec import Capability, Per
from pipeline.scene.frame_context import FrameContext, ZoneContext
from pipeline.scene.line_crossing import NO_CROSSINGS, Occupancy
from pipeline.scene.scene import Scene
from pipeline.second_look.look_result import LookResult
from pipeline.signal import Signal

CountingLook = Callable[[Signal, int], LookResult | None]
"""Looks again at the objects of a signal, of which a rule needs at least as many as given."""
SHORT_HOLD = timedelta(seconds=5)
"""Longest hold for which the moment before the first signal matters."""
MAX_APPROACH = timedelta(seconds=10)
"""How long objects near a zone, without a signal, are taken for the start of an episode."""
EXPECTED_NEW_OBJECTS = 1
"""How many more objects than now may be there at the next sample."""


class ScenarioRunner:
    """Evaluate the rule of a scenario on every frame, and debounce its signals.

    Outside its schedule the rule is not evaluated: no alert opens, and open ones clear. Tracks,
    dwell times and line crossings are still followed.

    Attributes:
        key: The scenario's.
    """

    def __init__(self, scenario: Scenario, *, origin: str, camera: str) -> None:
        self.key = scenario.spec.key
        self._scenario = scenario
        self._labels = scenario.spec.labels
        self._schedule = None if scenario.schedule.is_always_on else scenario.schedule
        self._lines = [zone for zone in scenario.zones if isinstance(zone, Line)]
        self._occupancy = Occupancy()
        self._debouncer = Debouncer(
            scenario.spec,
            scenario.timing,
            origin=origin,
            camera=camera,
            look_effect=scenario.look_effect,
        )
        self._onset = OnsetDetector(scenario)
        self._last: datetime | None = None
        self._lost_since: datetime | None = None

    def push(self, frame: FrameContext, look: CountingLook | None = None) -> list[Alert]:
        """Evaluate a frame; return the alerts that changed.

        Args:
            frame: The frame.
            look: Looks again at the objects of a signal, of which the rule needs at least as many
                as given; ``None`` for no second looks.
        """
        self._last, self._lost_since = frame.at, None
        self._count_crossings(frame)
        contexts = self._zone_contexts(frame)
        signals = list(self._evaluate(contexts))
        alerts = self._debouncer.push(frame.at, signals, self._second_look(look))
        if self._onset.is_enabled:
            closed = [each for each in contexts if not self._debouncer.is_open(each.zone.name)]
            self._onset.push(frame.at, closed, has_signals=bool(signals))
        return alerts

    def record_gap(self, since: datetime, until: datetime) -> list[Alert]:
        """Record that no frames arrived; see ``Debouncer.record_gap``.

        A scenario that needs outages is evaluated instead: the gap is what it looks for.
        """
        if Capability.OUTAGES not in self._scenario.spec.capabilities:
            return self._debouncer.record_gap(since, until)
        until = max(since, until)
        if self._last is None:
            self._debouncer.push(since, ())
        self._lost_since = self._lost_since or self._last or since
        self._last = until
        outage = PixelEvents(outage=Outage(since=self._lost_since))
        contexts = self._zone_contexts(FrameContext(at=until, pixel_events=outage))
        return self._debouncer.push(until, self._evaluate(contexts))

    def close_alerts(self, at: datetime, reason: CloseReason) -> list[Alert]:
        """Close all open alerts."""
        return self._debouncer.close_alerts(at, reason)

    def episodes(self) -> list[EpisodeStatus]:
        """Return the state of every current episode; see ``Debouncer.episodes``."""
        return self._debouncer.episodes()

    def snapshot_candidates(self) -> list[SnapshotCandidate]:
        """Return what the last frame shows; see ``Debouncer.snapshot_candidates``."""
        return self._debouncer.snapshot_candidates()

    @property
    def is_pending(self) -> bool:
        """Whether the next frames may decide if an alert opens."""
        return self._debouncer.is_pending or self._onset.is_near

    def _second_look(self, look: CountingLook | None) -> SecondLook | None:
        min_objects = self._scenario.min_objects
        return None if look is None else lambda signal: look(signal, min_objects)

    def _zone_contexts(self, frame: FrameContext) -> list[ZoneContext]:
        """Return the context of each zone; none outside the schedule."""
        if self._schedule is not None and not self._schedule.is_on(frame.at):
            return []
        return [frame.zone_context(self._labels, zone) for zone in self._scenario.zones]

    def _evaluate(self, contexts: Iterable[ZoneContext]) -> Iterator[Signal]:
        """Evaluate the rule on each zone, or once for all of them."""
        spec, level = self._scenario.spec, self._scenario.level
        occupancy = self._occupancy.count
        for context in islice(contexts, 1 if spec.per is Per.ALL_ZONES else None):
            scene = Scene(spec=spec, level=level, context=context, occupancy=occupancy)
            yield from self._scenario.rule(scene)

    def _count_crossings(self, frame: FrameContext) -> None:
        """Update the occupancy by the objects that crossed a line in this frame."""
        tracks = frame.tracks
        for line in self._lines:
            for subject, direction in frame.crossings.get(line, NO_CROSSINGS).new:
                if tracks.tracks[tracks.row[subject]].label in self._labels:
                    self._occupancy.push(direction)


class OnsetDetector:
    """Detect that an episode may begin soon: objects are near a zone without an open alert.

    A scenario with a short hold cannot afford to miss its first frames, and a count about to
    reach its threshold has given no signal yet. Objects that stay near without a signal, such as
    cars beside a pedestrian zone, are ignored after ``MAX_APPROACH``.

    Attributes:
        is_enabled: Whether the hold of the scenario is short.
        is_near: Whether an episode may begin soon.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.is_enabled = scenario.timing.hold <= SHORT_HOLD
        self.is_near = False
        self._min_objects = scenario.min_objects
        self._since: datetime | None = None

    def push(self, at: datetime, zones: Iterable[ZoneContext], *, has_signals: bool) -> None:
        """Process a frame.

        Args:
            at: Capture time.
            zones: Zones without an open alert.
            has_signals: The scenario has a signal in this frame.
        """
        if not self.is_enabled:
            return
        near = any(self._may_begin(zone) for zone in zones)
        if has_signals or not near or self._since is None:
            self._since = at
        self.is_near = near and at - self._since <= MAX_APPROACH

    def _may_begin(self, zone: ZoneContext) -> bool:
        possible = len(zone.tracks.tracks) + EXPECTED_NEW_OBJECTS
        return possible >= self._min_objects and zone.is_approached
