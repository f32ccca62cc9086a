"""One episode: from the first signal to the last revision of its alert.

Durations without a date are observed time: the length of the stream with gaps left out.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from pipeline.alert import Alert, Change, CloseReason, make_alert_id
from pipeline.geometry.shapes import Box
from pipeline.scenario_spec import ScenarioSpec
from pipeline.second_look.look_result import MAX_LOOKS, LookEffect, LookHistory, LookResult
from pipeline.signal import CountedObject, ExplainStep, Level, Signal
from pipeline.text import Text

ZERO = timedelta()
LEVELS_UP_TO = {top: tuple(level for level in Level if level <= top) for top in Level}
"""A signal also counts towards every lower level."""
PENDING_AT_START = timedelta(seconds=1)
"""A new episode is pending for so long: its start must be measured precisely."""
PENDING_BEFORE_OPEN = timedelta(seconds=5)
"""An episode is pending again from so long before it can open."""
STRONG_SCORE = 0.7
"""Evidence with this score needs no second look: of detections of people from 0.6 on, 97 % are
right (labelled pictures of COCO val2017, docs/engine.md)."""
LOOK_AGAIN_AFTER = timedelta(seconds=5)
"""Interval of second looks at an episode that they keep from opening."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTiming:
    """How long a signal must last before an alert opens, and be absent before it closes.

    All but ``lost_after`` are observed time.
    """

    hold: timedelta
    clear: timedelta
    min_share: float = 0.6
    """Share of the last ``hold`` during which the signal must have been present, 0 to 1."""
    max_unseen: timedelta = timedelta(seconds=5)
    """Longest absence of the signal that does not restart the hold."""
    report_every: timedelta = ZERO
    """Interval between updates of an open alert; zero for promotions only."""
    lost_after: timedelta = timedelta(minutes=10)
    """Length of a stream gap after which open alerts are closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertContext:
    """What all episodes of a debouncer share.

    Args:
        origin: The node, ``district/site/node``; part of the alert ids.
        look_effect: What second looks may do beyond the score.
    """

    spec: ScenarioSpec
    timing: AlertTiming
    origin: str
    camera: str
    look_effect: LookEffect = LookEffect.SCORE_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeStatus:
    """The state of an episode, before and after its alert opens.

    Args:
        subject: Number of the object, or ``None`` where an episode covers the whole zone.
        level: Level of the last signal.
        held_for: From the first signal to the last, in observed time.
        unseen_for: Since the last signal, in observed time.
        seen_share: Share of the last ``hold`` during which the signal was present, 0 to 1.
        alert: The last revision; ``None`` before the alert opens.
    """

    scenario: str
    zone: str
    subject: int | None
    level: Level
    held_for: timedelta
    unseen_for: timedelta
    seen_share: float
    alert: Alert | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotCandidate:
    """What the last frame shows of an episode.

    Args:
        alert_id: ``None`` while no alert has opened.
        subject: Number of the object, or ``None`` where the episode covers the whole zone.
        level: Level of the signal of this frame.
        score: Confidence in this frame, 0 to 1, not calibrated.
        objects: What the rule counted in this frame.
        measures: The numbers of the rule in this frame.
        message: The reason, with these measures filled in.
        explain: The steps that led to it, first to last.
    """

    alert_id: UUID | None
    scenario: str
    zone: str
    subject: int | None
    level: Level
    score: float
    objects: tuple[CountedObject, ...]
    measures: Mapping[str, float]
    message: Text
    explain: tuple[ExplainStep, ...] = ()

    @property
    def visible_boxes(self) -> tuple[Box, ...]:
        """The boxes of the counted objects that were detected in this frame."""
        return tuple(each.box for each in self.objects if each.is_visible)


class HoldWindow:
    """The frames in which one level was signalled, back to the start of a time window.

    Args:
        since: Observed time at which the level was first signalled.
        window: Length over which the share is counted.
    """

    def __init__(self, since: timedelta, window: timedelta) -> None:
        self.since = since
        self.seen = since
        self._window = window
        self._frames: deque[tuple[timedelta, timedelta, float]] = deque()
        self._total = ZERO

    def add(self, observed: timedelta, step: timedelta, score: float) -> None:
        """Add a frame that stands for the ``step`` before ``observed``."""
        frames = self._frames
        frames.append((observed, step, score))
        self._total += step
        self.seen, start = observed, observed - self._window
        while frames[0][0] <= start and len(frames) > 1:
            self._total -= frames.popleft()[1]

    def share(self) -> float:
        """Return the share of the window covered by the frames; 1 for a window of no length."""
        if not self._window:
            return 1.0
        end, step, _ = self._frames[0]
        before = max(self.seen - self._window - (end - step), ZERO)
        return (self._total - before) / self._window

    def has_held(self, min_share: float) -> bool:
        """Return whether the level has lasted for the whole window, with enough share."""
        return self.seen - self.since >= self._window and self.share() >= min_share

    def score(self) -> float:
        """Return the median score: one lucky frame does not count."""
        return median(score for _, _, score in self._frames)


class Episode:
    """The last signal of an episode, how each level holds, and the alert.

    Args:
        context: What all episodes of the debouncer share.
        since: Observed time at which it began.

    Attributes:
        alert: The last revision; ``None`` before the alert opens.
        seen: Observed time of the last signal.
        reported: Observed time of the last revision.
    """

    def __init__(self, context: AlertContext, since: timedelta) -> None:
        self.alert: Alert | None = None
        self.seen = since
        self.reported = since
        self._context = context
        self._since = since
        self._holds: dict[Level, HoldWindow] = {}
        self._looks = LookHistory()
        self._looked = since

    def add_signal(self, signal: Signal, observed: timedelta, step: timedelta) -> None:
        """Add the signal of a frame; a level that was absent for too long starts again."""
        self._signal, self.seen = signal, observed
        timing = self._context.timing
        for level in LEVELS_UP_TO[signal.level]:
            hold = self._holds.get(level)
            if hold is None or observed - step - hold.seen > timing.max_unseen:
                hold = self._holds[level] = HoldWindow(observed - step, timing.hold)
            hold.add(observed, step, signal.score)

    @property
    def signal(self) -> Signal:
        """The last signal."""
        return self._signal

    def is_look_due(self, observed: timedelta) -> bool:
        """Return whether to look again at the last signal: weak evidence, in thirds of the hold."""
        hold = self._holds[Level.INFO]
        if self.alert or hold.score() >= STRONG_SCORE:
            return False
        if len(self._looks) == MAX_LOOKS:
            return self._withheld and observed - self._looked >= LOOK_AGAIN_AFTER
        due_at = self._context.timing.hold * (len(self._looks) + 1) / MAX_LOOKS
        return hold.seen - hold.since >= due_at

    def add_look(self, look: LookResult, observed: timedelta) -> None:
        """Add the result of a second look at the last signal."""
        self._looks.add(look)
        self._looked = observed

    @property
    def _withheld(self) -> bool:
        return self._looks.withholds(self._context.look_effect)

    def level_to_report(self) -> Level | None:
        """Return the level that has held and exceeds that of the alert, or ``None``.

        No level while second looks keep the alert from opening.
        """
        reported = self.alert.level if self.alert else None
        if not reported and self._withheld:
            return None
        if reported and self._signal.level <= reported:  # a frame can only promote to its level
            return None
        held = self._held_level()
        return held if held and (reported is None or held > reported) else None

    def _held_level(self) -> Level | None:
        lowest = self._holds[Level.INFO]  # every signal counts towards it
        timing = self._context.timing
        if lowest.seen - lowest.since < timing.hold:
            return None
        held = [level for level, hold in self._holds.items() if hold.has_held(timing.min_share)]
        return max(held, key=lambda level: level.rank, default=None)

    def is_pending(self, observed: timedelta) -> bool:
        """Return whether the next frames may decide if the alert opens.

        True at the start, while the signal flickers, and shortly before the hold time is over.
        """
        if self.alert is not None:
            return False
        hold = self._holds[Level.INFO]
        held_for = hold.seen - hold.since
        is_flickering = observed > self.seen
        return (
            is_flickering
            or held_for < PENDING_AT_START
            or held_for + PENDING_BEFORE_OPEN >= self._context.timing.hold
        )

    def status(self, observed: timedelta) -> EpisodeStatus:
        """Return the state of the episode."""
        hold = self._holds[Level.INFO]  # every signal counts towards it
        return EpisodeStatus(
            scenario=self._context.spec.key,
            zone=self._signal.zone,
            subject=self._signal.subject,
            level=self._signal.level,
            held_for=hold.seen - hold.since,
            unseen_for=observed - self.seen,
            seen_share=hold.share(),
            alert=self.alert,
        )

    def snapshot_candidate(self) -> SnapshotCandidate:
        """Return what the last signal shows."""
        signal, alert, measures = self._signal, self.alert, self._measures()
        return SnapshotCandidate(
            alert_id=alert.id if alert else None,
            scenario=self._context.spec.key,
            zone=signal.zone,
            subject=signal.subject,
            level=signal.level,
            score=signal.score,
            objects=signal.objects,
            measures=measures,
            message=self._context.spec.message.format(**measures),
            explain=self._explain(self._hold_up_to(alert.level if alert else signal.level)),
        )

    def open(self, level: Level, at: datetime) -> Alert:
        """Create the alert."""
        context, signal = self._context, self._signal
        subject = "all" if signal.subject is None else signal.subject
        key = f"{context.origin}/{context.spec.key}/{context.camera}/{signal.zone}/{subject}"
        alert = Alert(
            id=make_alert_id(key, at),
            rev=0,
            change=Change.OPENED,
            scenario=context.spec.key,
            scenario_rev=context.spec.revision,
            camera=context.camera,
            zone=signal.zone,
            subject=signal.subject,
            level=level,
            score=signal.score,
            opened_at=at,
            observed_at=at,
            message=context.spec.message,
        )
        return self._revise(alert, Change.OPENED, at)

    def update(self, level: Level, at: datetime) -> Alert:
        """Return a new revision of the alert at ``level``.

        Raises:
            LookupError: The alert is not open.
        """
        return self._revise(replace(self._opened(), level=level), Change.UPDATED, at)

    def close(self, reason: CloseReason, at: datetime) -> Alert:
        """Return the last revision, with the state of the last signal.

        Raises:
            LookupError: The alert is not open.
        """
        closed = replace(self._opened(), closed_at=at, close_reason=reason)
        return self._revise(closed, Change.CLOSED, at)

    def _opened(self) -> Alert:
        if self.alert is None:
            raise LookupError("the alert of this episode was never opened")
        return self.alert

    def _revise(self, alert: Alert, change: Change, at: datetime) -> Alert:
        """Count the revision, and fill in the state of the last signal."""
        signal, measures = self._signal, self._measures()
        hold = self._hold_up_to(alert.level)
        self.alert = replace(
            alert,
            rev=alert.rev + 1,
            change=change,
            score=self._looks.adjust(hold.score()),
            observed_at=at,
            measures=measures,
            message=self._context.spec.message.format(**measures),
            explain=alert.explain if change is Change.CLOSED else self._explain(hold),
            boxes=signal.boxes,
        )
        return self.alert

    def _measures(self) -> dict[str, float]:
        """Return the numbers of the last signal, and how long the episode has lasted."""
        held_s = (self.seen - self._since).total_seconds()
        return {**self._signal.measures, "held_s": held_s}

    def _hold_up_to(self, level: Level) -> HoldWindow:
        """Return how ``level`` has held, or the level of the last signal if that is lower."""
        return self._holds[min(level, self._signal.level, key=lambda each: each.rank)]

    def _explain(self, hold: HoldWindow) -> tuple[ExplainStep, ...]:
        """Return the steps of the last signal and of the hold."""
        timing = self._context.timing
        hold_s = timing.hold.total_seconds()
        step = ExplainStep(
            name="hold",
            value_in=hold_s,
            value_out=round(hold.share(), 4),
            reason=f"{hold_s:g} s, ≥ {timing.min_share:g}",
        )
        return (*self._signal.explanation, step, *self._looks.explain(hold.score()))
