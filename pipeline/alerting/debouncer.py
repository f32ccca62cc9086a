"""Signals in, alerts out: flicker and outages are dealt with here and nowhere else."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from pipeline.alert import Alert, CloseReason
from pipeline.alerting.episode import AlertContext, Episode
from pipeline.alerting.standing import EpisodeStatus, SnapshotCandidate
from pipeline.alerting.timing import ZERO, AlertTiming
from pipeline.errors import ClockWentBackError
from pipeline.rules.hazard import ScenarioSpec
from pipeline.signal import Signal


class Debouncer:
    """Open an alert for a signal that holds, promote it, close it once it clears.

    Time comes with the frames, so a replay gives the alerts of the live camera.

    Args:
        origin: The box, ``district/site/node``; part of the alerts' ids.
    """

    def __init__(
        self, spec: ScenarioSpec, timing: AlertTiming, *, origin: str, camera: str
    ) -> None:
        self._post = AlertContext(spec=spec, timing=timing, origin=origin, camera=camera)
        self._timing = timing
        self._last: datetime | None = None
        self._lost_since: datetime | None = None
        self._looked = ZERO
        self._spells: dict[tuple[str, int], Episode] = {}

    def push(self, at: datetime, signals: Iterable[Signal]) -> list[Alert]:
        """Take a frame, which speaks for the time since the one before.

        Args:
            at: Its capture time, aware.
            signals: All its signals, in any order.

        Returns:
            The alerts that changed; empty for almost every frame.

        Raises:
            ClockWentBackError: ``at`` is before the last; nothing has changed.
        """
        step = self._move(at, at)
        self._looked += step
        self._lost_since = None
        shown = strongest_signals(signals)
        if not shown and not self._spells:
            return []
        for key, signal in shown.items():
            spell = self._spells.get(key)
            if spell is None:
                spell = self._spells[key] = Episode(self._post, self._looked - step)
            spell.add_signal(signal, self._looked, step)
        return list(self._settle(at))

    def record_gap(self, since: datetime, until: datetime) -> list[Alert]:
        """Note that nobody looked from ``since`` to ``until``.

        The time from the last frame to ``since`` is part of the gap: no frame spoke for it.

        Returns:
            Alerts closed as ``source_lost``; a gap closes for no other reason.

        Raises:
            ClockWentBackError: ``since`` is before the last; nothing has changed.
        """
        before = self._last or since
        self._move(since, until)
        self._lost_since = self._lost_since or before
        if until - self._lost_since < self._timing.lost_after:
            return []
        return self.close_alerts(until, CloseReason.SOURCE_LOST)

    def close_alerts(self, at: datetime, reason: CloseReason) -> list[Alert]:
        """Close all that is open and start anew; a time before the last counts as the last."""
        at = max(at, self._last or at)
        ended, self._spells = sorted(self._spells.items()), {}
        return [spell.close(reason, at) for _, spell in ended if spell.alert]

    def episodes(self) -> list[EpisodeStatus]:
        """Say how every happening stands that was signalled lately, by zone and subject."""
        return [spell.status(self._looked) for _, spell in sorted(self._spells.items())]

    def snapshot_candidates(self) -> list[SnapshotCandidate]:
        """Say what the last frame shows of the open alerts that it shows, by zone and subject."""
        shown = [s for _, s in sorted(self._spells.items()) if s.alert and s.seen == self._looked]
        return [spell.snapshot_candidate() for spell in shown]

    @property
    def is_pending(self) -> bool:
        """Whether the next frames may decide if something is opened."""
        return any(spell.is_pending(self._looked) for spell in self._spells.values())

    def is_open(self, zone: str) -> bool:
        """Whether a zone is one happening that is open."""
        spell = self._spells.get((zone, 0))
        return spell is not None and spell.alert is not None

    def _move(self, since: datetime, until: datetime) -> timedelta:
        """Go on to ``until``; the length since the last frame or gap."""
        last = self._last or since
        if since < last:
            raise ClockWentBackError(last, since)
        self._last = max(since, until)
        return self._last - last

    def _settle(self, at: datetime) -> Iterator[Alert]:
        """Judge every happening, in order of zone and subject."""
        for key, spell in sorted(self._spells.items()):
            unseen = self._looked - spell.seen
            if not unseen:
                yield from self._judge(spell, at)
            elif spell.alert and unseen >= self._timing.clear:
                yield self._spells.pop(key).close(CloseReason.CLEARED, at)
            elif not spell.alert and unseen > self._timing.max_unseen:
                del self._spells[key]

    def _judge(self, spell: Episode, at: datetime) -> Iterator[Alert]:
        """Open, promote or report a happening that this frame shows."""
        level, alert = spell.level_to_report(), spell.alert
        if level:
            yield spell.update(level, at) if alert else spell.open(level, at)
        elif alert and self._is_due(spell):
            yield spell.update(alert.level, at)
        else:
            return
        spell.told = self._looked

    def _is_due(self, spell: Episode) -> bool:
        every = self._timing.report_every
        return every > ZERO and self._looked - spell.told >= every


def strongest_signals(signals: Iterable[Signal]) -> dict[tuple[str, int], Signal]:
    """The signal that speaks for each happening, in whatever order they come."""
    kept: dict[tuple[str, int], Signal] = {}
    for signal in signals:
        key = signal.episode_key
        if key not in kept or signal.priority >= kept[key].priority:
            kept[key] = signal
    return kept
