"""Switch a scenario off alone when its rule fails, so that the others of its camera go on."""

from collections.abc import Callable
from datetime import datetime

from pipeline.alert import Alert, CloseReason
from pipeline.alerting.episode import EpisodeStatus, SnapshotCandidate
from pipeline.rules.scenario_runner import CountingLook, ScenarioRunner
from pipeline.scene.frame_context import FrameContext


class IsolatedRunner(ScenarioRunner):
    """A runner whose rule may fail: it closes its open alerts then, and finds nothing more.

    Attributes:
        failure: Why the scenario has been switched off; empty while it runs.
    """

    failure = ""

    def push(self, frame: FrameContext, look: CountingLook | None = None) -> list[Alert]:
        """Evaluate a frame; return the alerts that changed."""
        return self._guard(frame.at, lambda: super(IsolatedRunner, self).push(frame, look))

    def record_gap(self, since: datetime, until: datetime) -> list[Alert]:
        """Record that no frames arrived."""
        return self._guard(until, lambda: super(IsolatedRunner, self).record_gap(since, until))

    def episodes(self) -> list[EpisodeStatus]:
        """Return the state of every current episode; none after a failure."""
        return [] if self.failure else super().episodes()

    def snapshot_candidates(self) -> list[SnapshotCandidate]:
        """Return what the last frame shows of open alerts; nothing after a failure."""
        return [] if self.failure else super().snapshot_candidates()

    @property
    def is_pending(self) -> bool:
        """Whether the next frames may decide if an alert opens."""
        return not self.failure and super().is_pending

    def _guard(self, at: datetime, evaluate: Callable[[], list[Alert]]) -> list[Alert]:
        if self.failure:
            return []
        try:
            return evaluate()
        except Exception as error:  # noqa: BLE001  # a rule is written by its site
            self.failure = f"scenario {self.key} stopped: {type(error).__name__}: {error}"
            return self.close_alerts(at, CloseReason.SOURCE_LOST)
