"""One happening from its first signal to its last alert."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.alert import Alert, Change, CloseReason, make_alert_id
from pipeline.alerting.hold import HoldWindow
from pipeline.alerting.standing import EpisodeStatus, SnapshotCandidate
from pipeline.alerting.step import ExplainStep
from pipeline.alerting.timing import AlertTiming
from pipeline.rules.hazard import ScenarioSpec
from pipeline.signal import Level, Signal

UP_TO = {worst: tuple(level for level in Level if level <= worst) for worst in Level}
"""A signal shows its own level and all that are milder."""
BEGINS = timedelta(seconds=1)
"""For so long a happening is followed closely when it begins: its first moment counts."""
NEARLY = timedelta(seconds=5)
"""So long before it can open it is followed closely again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertContext:
    """Who watches for what, the same for all happenings of a debouncer.

    Args:
        origin: The box, ``district/site/node``; part of the alerts' ids.
    """

    spec: ScenarioSpec
    timing: AlertTiming
    origin: str
    camera: str


class Episode:
    """What is known of a happening: its last signal, how its levels hold, what was told.

    Times without a date are looked-at time, as in ``HoldWindow``.
    """

    def __init__(self, post: AlertContext, since: timedelta) -> None:
        self.alert: Alert | None = None
        self.seen = since
        self.told = since
        self._post = post
        self._since = since
        self._holds: dict[Level, HoldWindow] = {}

    def add_signal(self, signal: Signal, looked: timedelta, step: timedelta) -> None:
        """Take the signal of a frame; a level that was away for too long starts over."""
        self._signal, self.seen = signal, looked
        timing = self._post.timing
        for level in UP_TO[signal.level]:
            hold = self._holds.get(level)
            if hold is None or looked - step - hold.seen > timing.max_unseen:
                hold = self._holds[level] = HoldWindow(looked - step, timing.hold)
            hold.see(looked, step, signal.score)

    def level_to_report(self) -> Level | None:
        """The level that has held and is worse than what was told; ``None`` for none."""
        told = self.alert.level if self.alert else None
        if told and self._signal.level <= told:  # a frame can only bring about what it shows
            return None
        held = self._held()
        return held if held and (told is None or held > told) else None

    def _held(self) -> Level | None:
        """The worst level that has held by itself; ``None`` for not yet."""
        mildest = self._holds[Level.INFO]  # every signal is at least this bad
        if mildest.seen - mildest.since < self._post.timing.hold:
            return None
        share = self._post.timing.min_share
        met = [level for level, hold in self._holds.items() if hold.is_met(share)]
        return max(met, key=lambda level: level.rank, default=None)

    def is_pending(self, looked: timedelta) -> bool:
        """Whether the next frames may decide if it is opened.

        It has just begun, or flickers, or has nearly held; in between, a long hold has time.
        """
        if self.alert is not None:
            return False
        hold = self._holds[Level.INFO]
        lasted = hold.seen - hold.since
        flickers = looked > self.seen
        return flickers or lasted < BEGINS or lasted + NEARLY >= self._post.timing.hold

    def status(self, looked: timedelta) -> EpisodeStatus:
        """Say how it stands, told or not."""
        hold = self._holds[Level.INFO]  # every signal is at least this bad
        return EpisodeStatus(
            scenario=self._post.spec.key,
            zone=self._signal.zone,
            subject=self._signal.subject,
            level=self._signal.level,
            held_for=hold.seen - hold.since,
            unseen_for=looked - self.seen,
            seen_share=hold.share(),
            alert=self.alert,
        )

    def snapshot_candidate(self) -> SnapshotCandidate:
        """Say what its last signal shows.

        Raises:
            LookupError: It was never opened.
        """
        signal = self._signal
        return SnapshotCandidate(
            alert_id=self._open().id, level=signal.level, score=signal.score, boxes=signal.boxes
        )

    def open(self, level: Level, at: datetime) -> Alert:
        """Make the first alert."""
        post, signal = self._post, self._signal
        who = "all" if signal.subject is None else signal.subject
        happening = f"{post.origin}/{post.spec.key}/{post.camera}/{signal.zone}/{who}"
        first = Alert(
            id=make_alert_id(happening, at),
            rev=0,
            change=Change.OPENED,
            scenario=post.spec.key,
            scenario_rev=post.spec.revision,
            camera=post.camera,
            zone=signal.zone,
            subject=signal.subject,
            level=level,
            score=signal.score,
            opened_at=at,
            observed_at=at,
            message=post.spec.message,
        )
        return self._told(first, Change.OPENED, at)

    def update(self, level: Level, at: datetime) -> Alert:
        """Tell how it stands; the level never falls.

        Raises:
            LookupError: It was never opened.
        """
        return self._told(replace(self._open(), level=level), Change.UPDATED, at)

    def close(self, reason: CloseReason, at: datetime) -> Alert:
        """Tell that it is over, with the state in which it was last seen.

        Raises:
            LookupError: It was never opened.
        """
        last = replace(self._open(), closed_at=at, close_reason=reason)
        return self._told(last, Change.CLOSED, at)

    def _open(self) -> Alert:
        if self.alert is None:
            raise LookupError("a happening that was never opened has nothing more to tell")
        return self.alert

    def _told(self, alert: Alert, change: Change, at: datetime) -> Alert:
        """Number the revision, and give it the whole state of the last signal."""
        signal = self._signal
        measures = {**signal.measures, "held_s": (self.seen - self._since).total_seconds()}
        hold = self._holds[min(alert.level, signal.level, key=lambda level: level.rank)]
        self.alert = replace(
            alert,
            rev=alert.rev + 1,
            change=change,
            score=hold.score(),
            observed_at=at,
            measures=measures,
            message=self._post.spec.message.format(**measures),
            explain=self._why(alert, change, hold),
            boxes=signal.boxes,
        )
        return self.alert

    def _why(self, alert: Alert, change: Change, hold: HoldWindow) -> tuple[ExplainStep, ...]:
        """Say why it stands; an end needs no other reason than what was told before."""
        if change is Change.CLOSED:
            return alert.explain
        return (*self._signal.explanation, self._hold_step(hold))

    def _hold_step(self, hold: HoldWindow) -> ExplainStep:
        timing = self._post.timing
        needed = timing.hold.total_seconds()
        reason = f"{needed:g} s, ≥ {timing.min_share:g}"
        return ExplainStep(
            name="hold", value_in=needed, value_out=round(hold.share(), 4), reason=reason
        )
