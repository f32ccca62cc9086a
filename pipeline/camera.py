"""READ FIRST: one camera from frame to alert, all stages in the order things happen."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pipeline.alert import Alert, CloseReason
from pipeline.alerting.standing import EpisodeStatus, SnapshotCandidate
from pipeline.detection import Detections
from pipeline.errors import ClockWentBackError, UnsupportedLabelsError
from pipeline.frame import Frame
from pipeline.ground.ground_plane import Ground, HeightCalibratedGround
from pipeline.pixels.analyzer import PixelAnalyzer
from pipeline.ports import Attentive, Detector
from pipeline.rules.runner import make_runners
from pipeline.rules.scenario import Scenario
from pipeline.scene.frame_context import ContextBuilder
from pipeline.scene.track_set import TrackSet
from pipeline.track import Track, Tracks
from pipeline.tracking.relinking import TrackRelinker
from pipeline.tracking.tracker import Tracker, TrackerConfig


class CameraPipeline:
    """Frames of one camera in, alerts out; one word flows back: whether a decision hangs.

    Equal frames give equal alerts, ids included: nothing here reads a clock or draws lots.

    Args:
        origin: The box, ``district/site/node``.
        detector: Called once a frame; may be shared with other cameras. One that is ``Attentive``
            is told after each frame whether the next ones may decide something.
        stall_after: A hole between frames that is longer counts as a gap.
        tracker: Another than the usual one, as replays with noise hand in.
        ground: Metres by marks, for this camera alone; from people's heights if left out.

    Raises:
        BlindError: A scenario watches for nothing that the detector can see.
    """

    def __init__(
        self,
        *,
        origin: str,
        camera: str,
        detector: Detector,
        scenarios: Sequence[Scenario],
        stall_after: timedelta = timedelta(seconds=5),
        tracker: Tracker | None = None,
        ground: Ground | None = None,
    ) -> None:
        for scenario in scenarios:
            require_known_labels(scenario, detector)
        self._detector = detector
        self._attentive = detector if isinstance(detector, Attentive) else None
        self._tracker = tracker or Tracker(
            TrackerConfig(confidence_threshold=detector.confidence_threshold)
        )
        self._subjects = TrackRelinker()
        self._ground: Ground = ground or HeightCalibratedGround()
        needs = {need for scenario in scenarios for need in scenario.spec.capabilities}
        self._look = PixelAnalyzer(needs, confidence_threshold=detector.confidence_threshold)
        places = (place for scenario in scenarios for place in scenario.zones)
        self._moments = ContextBuilder(places, needs)
        self._watches = make_runners(scenarios, origin=origin, camera=camera)
        self._stall_after = stall_after
        self._last: datetime | None = None
        self._found = Detections.empty()
        self._seen = Tracks.of(())

    def push(self, frame: Frame) -> list[Alert]:
        """Take a frame.

        Returns:
            The alerts that changed; empty for almost every frame.

        Raises:
            ClockWentBackError: It is older than the last; nothing has changed.
        """
        self._refuse_past(frame.at)
        found = self._detector.detect(frame)
        alerts = self._stalled(frame.at)
        self._last, self._found = frame.at, found
        self._ground.aspect = frame.picture.size.width / frame.picture.size.height
        self._seen = self._subjects.push(frame.at, self._tracker.push(frame.at, found))
        self._ground.push(self._seen)
        sights = self._look.push(frame, found, self._seen)
        everybody = TrackSet(self._seen, self._ground)
        moment = self._moments.push(frame.at, found, everybody, sights=sights)
        for watch in self._watches:
            alerts += watch.push(moment)
        if self._attentive is not None:
            self._attentive.attend(closely=any(watch.is_pending for watch in self._watches))
        return alerts

    def record_gap(self, since: datetime, until: datetime) -> list[Alert]:
        """Note that nobody looked from ``since`` to ``until``.

        Returns:
            Alerts closed because the camera has been away for too long.

        Raises:
            ClockWentBackError: ``since`` is before the last frame; nothing has changed.
        """
        self._refuse_past(since)
        self._last = max(since, until)
        return [alert for watch in self._watches for alert in watch.record_gap(since, until)]

    def close_alerts(self, at: datetime, reason: CloseReason) -> list[Alert]:
        """Close all that is open; a time before the last frame counts as that."""
        return [alert for watch in self._watches for alert in watch.close_alerts(at, reason)]

    @property
    def episodes(self) -> list[EpisodeStatus]:
        """What is on its way to an alert, or has become one, after the last frame or gap."""
        return [each for watch in self._watches for each in watch.episodes()]

    @property
    def snapshot_candidates(self) -> list[SnapshotCandidate]:
        """What the last frame shows of the alerts that are open; empty for almost every frame."""
        return [each for watch in self._watches for each in watch.snapshot_candidates()]

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The confirmed tracks of the last frame, in order of their numbers."""
        return self._seen.each

    @property
    def ground(self) -> Ground:
        """What turns the frame into metres, as it is after the last frame."""
        return self._ground

    @property
    def detections(self) -> Detections:
        """All detections of the last frame, the doubtful ones too."""
        return self._found

    def _stalled(self, at: datetime) -> list[Alert]:
        """A hole that nobody announced becomes a gap."""
        if self._last is None or at - self._last <= self._stall_after:
            return []
        return self.record_gap(self._last, at)

    def _refuse_past(self, at: datetime) -> None:
        if self._last is not None and at < self._last:
            raise ClockWentBackError(self._last, at)


def require_known_labels(scenario: Scenario, detector: Detector) -> None:
    """Refuse a scenario that could never speak.

    Raises:
        BlindError: It watches for nothing that the detector can see.
    """
    watches = scenario.spec.labels
    if watches and not watches & detector.labels:
        raise UnsupportedLabelsError(scenario.spec.key, tuple(sorted(watches)), detector.model.name)
