"""Turn per-frame signals into alerts: hold times, flicker and stream gaps are handled here."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from pipeline.alert import Alert, CloseReason
from pipeline.alerting.episode import (
    ZERO,
    AlertContext,
    AlertTiming,
    Episode,
    EpisodeStatus,
    SnapshotCandidate,
)
from pipeline.errors import ClockWentBackError
from pipeline.scenario_spec import ScenarioSpec
from pipeline.second_look.look_result import LookEffect, LookResult
from pipeline.signal import Signal

SecondLook = Callable[[Signal], LookResult | None]
"""Looks again at the objects of a signal of the current frame; ``None`` if it cannot."""


class Debouncer:
    """Open an alert once a signal has held, promote it, and close it once it has cleared.

    Time comes from the frames, so a replay produces the alerts of the live camera.

    Args:
        origin: The node, ``district/site/node``; part of the alert ids.
        look_effect: What second looks may do to an alert beyond its score.
    """

    def __init__(
        self,
        spec: ScenarioSpec,
        timing: AlertTiming,
        *,
        origin: str,
        camera: str,
        look_effect: LookEffect = LookEffect.SCORE_ONLY,
    ) -> None:
        self._context = AlertContext(
            spec=spec,
            timing=timing,
            origin=origin,
            camera=camera,
            look_effect=look_effect,
        )
        self._timing = timing
        self._last: datetime | None = None
        self._lost_since: datetime | None = None
        self._observed = ZERO
        self._episodes: dict[tuple[str, int], Episode] = {}

    def push(
        self, at: datetime, signals: Iterable[Signal], second_look: SecondLook | None = None
    ) -> list[Alert]:
        """Process the signals of one frame, which stands for the time since the previous one.

        Args:
            at: Capture time of the frame, aware.
            signals: All signals of the frame, in any order.
            second_look: Called for episodes with weak evidence before their alert opens.

        Returns:
            The alerts that changed; empty for most frames.

        Raises:
            ClockWentBackError: ``at`` is before the previous frame. The state is unchanged.
        """
        step = self._advance(at, at)
        self._observed += step
        self._lost_since = None
        strongest = strongest_signals(signals)
        if not strongest and not self._episodes:
            return []
        for key, signal in strongest.items():
            episode = self._episodes.get(key)
            if episode is None:
                episode = Episode(self._context, self._observed - step)
                self._episodes[key] = episode
            episode.add_signal(signal, self._observed, step)
        if second_look:
            self._look_again(second_look)
        return list(self._changed_alerts(at))

    def record_gap(self, since: datetime, until: datetime) -> list[Alert]:
        """Record that no frames arrived from ``since`` to ``until``.

        The time from the last frame to ``since`` is part of the gap: no frame stands for it.

        Returns:
            Alerts closed as ``source_lost``, once the gap exceeds ``lost_after``.

        Raises:
            ClockWentBackError: ``since`` is before the last frame. The state is unchanged.
        """
        before = self._last or since
        self._advance(since, until)
        self._lost_since = self._lost_since or before
        if until - self._lost_since < self._timing.lost_after:
            return []
        return self.close_alerts(until, CloseReason.SOURCE_LOST)

    def close_alerts(self, at: datetime, reason: CloseReason) -> list[Alert]:
        """Close all open alerts and forget all episodes.

        Args:
            at: A time before the last frame counts as that of the last frame.
            reason: Stated in each alert.
        """
        at = max(at, self._last or at)
        ended, self._episodes = sorted(self._episodes.items()), {}
        return [episode.close(reason, at) for _, episode in ended if episode.alert]

    def episodes(self) -> list[EpisodeStatus]:
        """Return the state of every current episode, by zone and subject."""
        return [episode.status(self._observed) for _, episode in sorted(self._episodes.items())]

    def snapshot_candidates(self) -> list[SnapshotCandidate]:
        """Return what the last frame shows, by zone and subject.

        Of open alerts, and of episodes that may soon open one.
        """
        return [
            episode.snapshot_candidate()
            for _, episode in sorted(self._episodes.items())
            if episode.seen == self._observed
            and (episode.alert or episode.is_pending(self._observed))
        ]

    @property
    def is_pending(self) -> bool:
        """Whether the next frames may decide if an alert opens."""
        return any(episode.is_pending(self._observed) for episode in self._episodes.values())

    def is_open(self, zone: str) -> bool:
        """Return whether an alert on the zone as a whole is open."""
        episode = self._episodes.get((zone, 0))
        return episode is not None and episode.alert is not None

    def _advance(self, since: datetime, until: datetime) -> timedelta:
        """Move the clock to ``until``; return the time since the last frame or gap."""
        last = self._last or since
        if since < last:
            raise ClockWentBackError(last, since)
        self._last = max(since, until)
        return self._last - last

    def _look_again(self, second_look: SecondLook) -> None:
        """Look again at the signals of this frame where it is due, by zone and subject."""
        for _, episode in sorted(self._episodes.items()):
            if episode.seen == self._observed and episode.is_look_due(self._observed):
                look = second_look(episode.signal)
                if look is not None:
                    episode.add_look(look, self._observed)

    def _changed_alerts(self, at: datetime) -> Iterator[Alert]:
        """Open, promote, report or close, in order of zone and subject."""
        for key, episode in sorted(self._episodes.items()):
            unseen_for = self._observed - episode.seen
            if not unseen_for:
                yield from self._report(episode, at)
            elif episode.alert and unseen_for >= self._timing.clear:
                yield self._episodes.pop(key).close(CloseReason.CLEARED, at)
            elif not episode.alert and unseen_for > self._timing.max_unseen:
                del self._episodes[key]

    def _report(self, episode: Episode, at: datetime) -> Iterator[Alert]:
        """Open, promote or update an episode that this frame shows."""
        level, alert = episode.level_to_report(), episode.alert
        if level:
            yield episode.update(level, at) if alert else episode.open(level, at)
        elif alert and self._is_report_due(episode):
            yield episode.update(alert.level, at)
        else:
            return
        episode.reported = self._observed

    def _is_report_due(self, episode: Episode) -> bool:
        every = self._timing.report_every
        return every > ZERO and self._observed - episode.reported >= every


def strongest_signals(signals: Iterable[Signal]) -> dict[tuple[str, int], Signal]:
    """Return the strongest signal of each episode, whatever the order of ``signals``."""
    strongest: dict[tuple[str, int], Signal] = {}
    for signal in signals:
        key = signal.episode_key
        if key not in strongest or signal.priority >= strongest[key].priority:
            strongest[key] = signal
    return strongest
