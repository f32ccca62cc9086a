"""READ FIRST: one camera from frame to alert, every stage in order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from msgspec import structs
from msgspec.structs import astuple

from pipeline.alert import Alert, CloseReason
from pipeline.alerting.coverage_discount import discounted
from pipeline.alerting.episode import EpisodeStatus, SnapshotCandidate
from pipeline.detection import Detections
from pipeline.errors import ClockWentBackError, UnsupportedLabelsError
from pipeline.frame import Frame
from pipeline.frame_intervals import FrameIntervals
from pipeline.geometry.frame_geometry import FrameGeometry
from pipeline.ground.ground_plane import Ground
from pipeline.ground.height_calibration import HeightCalibratedGround
from pipeline.motion.coverage_history import DetectionCoverage
from pipeline.motion.detection_coverage import CoverageEstimator
from pipeline.motion.fast_detector import FastDetector
from pipeline.motion.inference_policy import InferencePolicy, InferenceReason, PolicyConfig
from pipeline.motion.motion_gate import GATE_SIZE, MotionGate, MotionMask
from pipeline.pixels.analyzer import PixelAnalyzer
from pipeline.pixels.learning import LEARNING, MIN_KNOWN_SHARE
from pipeline.pixels.saved_scene import SavedScene
from pipeline.pixels.scene_memory import RestoreOutcome
from pipeline.ports import Coverage, Detector, InferenceResult, PoseEstimator, as_region_detector
from pipeline.rules.isolated_runner import IsolatedRunner
from pipeline.rules.scenario import Scenario
from pipeline.rules.scenario_runner import ScenarioRunner
from pipeline.scene.frame_context import ContextBuilder
from pipeline.scene.track_set import TrackSet
from pipeline.second_look.second_look import SecondLook
from pipeline.track import Track
from pipeline.tracking.relinking import TrackRelinker
from pipeline.tracking.tracker import Tracker, TrackerConfig
from pipeline.tracking.vehicle_parts import merge_vehicle_parts


def always() -> bool:
    """Allow every inference."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """How the motion gate of a camera saves inferences.

    Args:
        policy: Longest times without an inference.
        use_regions: Infer only the regions that moved, if the detector supports it.
        may_infer: Asked before each inference except the first; ``False`` defers it, as when too
            many cameras share the detector.
        fast_detector: A cheaper one, used on full frames while it finds what the detector finds;
            not beside regions.
    """

    policy: PolicyConfig = field(default_factory=PolicyConfig)
    use_regions: bool = True
    may_infer: Callable[[], bool] = always
    fast_detector: Detector | None = None


class CameraPipeline:
    """Turn the frames of one camera into alerts.

    Equal frames give equal alerts, ids included: nothing here reads a clock or random numbers.

    Args:
        origin: The node, ``district/site/node``.
        detector: May be shared with other cameras.
        scenarios: What to watch for.
        gate: ``None`` to infer every frame.
        stall_after: A longer time between two frames counts as a stream gap, unless the frames of
            this camera are as rare as that.
        tracker: Instead of the default one, for replays with noise.
        ground: Calibrated by marks, for this camera only; by default by the heights of people.
        isolates_rules: Whether a rule that fails is switched off alone; else its error is raised.
        second_look: Look again at weak evidence before an alert opens; ``None`` to open on the
            evidence of the ordinary inferences.
        poses: Tells people who lie or climb from what looks like them; without it, boxes decide.

    Attributes:
        inference_reason: Why the last frame was inferred or not; ``None`` without a gate.
        coverage: How much of the last frame was inferred; ``None`` if nothing was.

    Raises:
        UnsupportedLabelsError: The detector has none of the labels of a scenario.
    """

    def __init__(  # noqa: PLR0913  # keyword arguments, most with a default
        self,
        *,
        origin: str,
        camera: str,
        detector: Detector,
        scenarios: Sequence[Scenario],
        gate: GateConfig | None = None,
        stall_after: timedelta = timedelta(seconds=5),
        tracker: Tracker | None = None,
        ground: Ground | None = None,
        isolates_rules: bool = False,
        second_look: SecondLook | None = None,
        poses: PoseEstimator | None = None,
    ) -> None:
        for scenario in scenarios:
            require_known_labels(scenario, detector)
        capabilities = {need for each in scenarios for need in each.spec.capabilities}
        threshold = detector.confidence_threshold
        self.inference_reason: InferenceReason | None = None
        self.coverage: Coverage | None = None
        self._detector, self._scenarios = detector, tuple(scenarios)
        self._gate_config = gate
        self._regions = as_region_detector(detector) if gate and gate.use_regions else None
        self._gate = MotionGate()
        watched = frozenset().union(*(each.spec.labels for each in scenarios)) or detector.labels
        self._fast = (
            FastDetector(gate.fast_detector, main_threshold=threshold, labels=watched)
            if gate and gate.fast_detector and not self._regions
            else None
        )
        self._policy = InferencePolicy(
            threshold,
            watched,
            gate.policy if gate else None,
            use_regions=self._regions is not None,
        )
        self._tracker = tracker or Tracker(TrackerConfig(confidence_threshold=threshold))
        self._relinker = TrackRelinker()
        self._ground: Ground = ground or HeightCalibratedGround()
        self._pixels = PixelAnalyzer(capabilities, confidence_threshold=threshold)
        self._estimator = (
            CoverageEstimator() if any(each.spec.labels for each in scenarios) else None
        )
        self._motion: MotionMask | None = None
        self._contexts = ContextBuilder(
            (zone for each in scenarios for zone in each.zones),
            capabilities,
            confidence_threshold=threshold,
            poses=poses,
        )
        make_runner = IsolatedRunner if isolates_rules else ScenarioRunner
        self._runners = [
            make_runner(scenario, origin=origin, camera=camera) for scenario in scenarios
        ]
        self._second_look = second_look
        self._intervals = FrameIntervals(stall_after)
        self._last: datetime | None = None
        self._full_frame: tuple[Frame, Detections] | None = None
        self._detections = Detections.empty()
        self._tracks: tuple[Track, ...] = ()

    def push(self, frame: Frame) -> list[Alert]:
        """Process a frame.

        Returns:
            The alerts that changed; empty for most frames.

        Raises:
            ClockWentBackError: The frame is older than the last one. The state is unchanged.
        """
        self._check_time(frame.at)
        detections = merge_vehicle_parts(self.detect(frame))
        alerts = self._close_gap(frame.at)
        self._last, self._detections = frame.at, detections

        output = self._tracker.push(frame.at, detections)
        geometry = FrameGeometry.of(*frame.picture.size)
        self._tracks, output = self._relinker.push(frame.at, output, geometry)
        self._ground.aspect = geometry.aspect
        self._ground.push(self._tracks)
        self._estimate_coverage(frame)
        pixel_events = self._pixels.push(frame, detections, self._tracks)
        tracks = TrackSet(self._tracks, self._ground, output=output)
        is_inferred = self.inference_reason is None or self.inference_reason.runs_inference
        context = self._contexts.push(
            frame.at,
            detections,
            tracks,
            pixel_events=pixel_events,
            frame=frame,
            is_inferred=is_inferred,
        )
        look = partial(self._second_look.look, frame) if self._second_look else None
        for runner in self._runners:
            alerts += runner.push(context, look)

        self._policy.is_decision_pending = any(runner.is_pending for runner in self._runners)
        return self._discount(alerts)

    def detect(self, frame: Frame) -> Detections:
        """Run the stages up to the detections: motion gate, policy, inference or prediction.

        Called by ``push``; call it alone only to measure these stages.
        """
        self.coverage = None
        if self._gate_config is None:
            return self._infer_full_frame(frame).detections
        motion = self._motion = self._gate.push(frame.at, frame.picture.grey(GATE_SIZE))
        reason = self._policy.decide(frame.at, motion)
        may_defer = reason.runs_inference and reason is not InferenceReason.COLD_START
        if may_defer and not self._gate_config.may_infer():
            reason = InferenceReason.OVERLOADED
        self.inference_reason = reason
        if not reason.runs_inference:
            refused = reason is InferenceReason.OVERLOADED
            return self._policy.predict(frame.at, motion, refused=refused)
        result = self._infer(frame, motion, reason)
        return self._policy.update(frame.at, motion, result)

    def detect_full_frame(self, frame: Frame) -> Detections:
        """Return every object in this very frame, for a picture that leaves the node.

        Runs an inference unless the last one covered all of this frame.
        """
        if self._full_frame is not None and self._full_frame[0] is frame:
            return self._full_frame[1]
        return self._detector.detect(frame)

    def record_gap(self, since: datetime, until: datetime) -> list[Alert]:
        """Record that no frames arrived from ``since`` to ``until``.

        Returns:
            Alerts closed because the camera has been away for too long.

        Raises:
            ClockWentBackError: ``since`` is before the last frame. The state is unchanged.
        """
        self._check_time(since)
        self._last = max(since, until)
        alerts = [alert for runner in self._runners for alert in runner.record_gap(since, until)]
        return self._discount(alerts)

    def close_alerts(self, at: datetime, reason: CloseReason) -> list[Alert]:
        """Close all open alerts; a time before the last frame counts as that of the last frame."""
        alerts = [alert for runner in self._runners for alert in runner.close_alerts(at, reason)]
        return self._discount(alerts)

    def restore_scene(self, scene: SavedScene) -> None:
        """Continue with what an earlier run learned of the scene; call it before the first frame.

        It is not used if it is old, if the camera shows another view now, or if it is younger
        than the frames, so that a recording that is played again gives equal alerts.
        """
        self._pixels.restore(scene)
        if self._estimator and scene.coverage:
            self._estimator.history.restore(scene.coverage, model=self._detector.model.sha256)

    @property
    def restore_outcome(self) -> RestoreOutcome | None:
        """What became of the restored scene; ``None`` while that is not decided."""
        return self._pixels.restore_outcome

    def save_scene(self, source: str) -> SavedScene | None:
        """Return what was learned of the scene and of the detector there; ``None`` if nothing.

        Args:
            source: Names node and camera.
        """
        scene = self._pixels.save(source)
        if self._estimator is None or self._last is None:
            return scene
        coverage = self._estimator.history.save(self._last, model=self._detector.model.sha256)
        if coverage is None:
            return scene
        scene = scene or SavedScene(source=source, at=self._last)
        return structs.replace(scene, coverage=coverage)

    @property
    def learning_zones(self) -> dict[str, float]:
        """Zones whose scenarios cannot see yet, with the share of each that is known, 0 to 1."""
        zones = {
            zone.name: zone
            for scenario in self._scenarios
            if scenario.spec.capabilities & LEARNING
            for zone in scenario.zones
        }
        shares = {name: self._pixels.known_share(zone) for name, zone in zones.items()}
        return {name: share for name, share in shares.items() if share < MIN_KNOWN_SHARE}

    @property
    def detection_coverage(self) -> DetectionCoverage:
        """How well the detector sees here; no objects if no scenario needs it."""
        return self._estimator.coverage if self._estimator else DetectionCoverage()

    @property
    def episodes(self) -> list[EpisodeStatus]:
        """Every current episode, with an open alert or not, after the last frame or gap."""
        return [status for runner in self._runners for status in runner.episodes()]

    @property
    def failures(self) -> list[str]:
        """Why scenarios or second looks have been switched off; empty while all run."""
        isolated = [each for each in self._runners if isinstance(each, IsolatedRunner)]
        failures = [runner.failure for runner in isolated]
        failures += [self._second_look.failure] if self._second_look else []
        return [failure for failure in failures if failure]

    @property
    def snapshot_candidates(self) -> list[SnapshotCandidate]:
        """What the last frame shows of open alerts, and of episodes that may soon open one."""
        return [each for runner in self._runners for each in runner.snapshot_candidates()]

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The confirmed tracks of the last frame, in order of their subjects."""
        return self._tracks

    @property
    def ground(self) -> Ground:
        """The projection from the frame to the ground, as of the last frame."""
        return self._ground

    @property
    def detections(self) -> Detections:
        """All detections of the last frame, including those with low scores."""
        return self._detections

    @property
    def is_decision_pending(self) -> bool:
        """Whether the next frames may decide if an alert opens; every motion is inferred then."""
        return self._policy.is_decision_pending

    @property
    def predicts_positions(self) -> bool:
        """Whether objects move in the last frame and their positions are predicted."""
        return self.inference_reason is not None and self.inference_reason.predicts_positions

    def _infer(self, frame: Frame, motion: MotionMask, reason: InferenceReason) -> InferenceResult:
        """Run the model on the regions that moved, or on the full frame."""
        regions = self._policy.choose_regions(frame.at, motion, reason)
        if self._regions is None or regions is None:
            return self._infer_full_frame(frame)
        result = self._regions.detect_regions(frame, *regions)
        self.coverage = result.coverage
        if result.is_full_frame:
            self._full_frame = (frame, result.detections)
        return result

    def _infer_full_frame(self, frame: Frame) -> InferenceResult:
        if self._fast and self._fast.replaces_main(frame.at):
            result = InferenceResult(self._fast.detect(frame), Coverage.FAST_MODEL)
        else:
            result = InferenceResult(self._detector.detect(frame))
            self._full_frame = (frame, result.detections)
            if self._fast:
                self._fast.compare(frame, result.detections)
        self.coverage = result.coverage
        return result

    def _estimate_coverage(self, frame: Frame) -> None:
        """Compare what moves with what was detected."""
        if self._estimator is None:
            return
        grey = frame.picture.grey(GATE_SIZE)
        motion = self._gate.push(frame.at, grey) if self._motion is None else self._motion
        is_certain = self._detections.scores >= self._detector.confidence_threshold
        tracked = np.array([astuple(track.box) for track in self._tracks], np.float32)
        boxes = [self._detections.boxes[is_certain], tracked.reshape(-1, 4)]
        self._estimator.push(frame.at, grey, motion.mask, np.concatenate(boxes))
        self._motion = None

    def _discount(self, alerts: list[Alert]) -> list[Alert]:
        """Lower the score of alerts that rest on a detector which does not see well here."""
        coverage = self.detection_coverage
        share = coverage.unexplained_share
        if coverage.cause is None or share is None:
            return alerts
        by_labels = {each.spec.key for each in self._scenarios if each.spec.labels}
        return [
            discounted(alert, share) if alert.scenario in by_labels else alert for alert in alerts
        ]

    def _close_gap(self, at: datetime) -> list[Alert]:
        """Treat an unannounced gap as a stream gap, if it is long for this camera."""
        if self._last is None or not self._intervals.is_gap(at - self._last):
            return []
        return self.record_gap(self._last, at)

    def _check_time(self, at: datetime) -> None:
        if self._last is not None and at < self._last:
            raise ClockWentBackError(self._last, at)


def require_known_labels(scenario: Scenario, detector: Detector) -> None:
    """Check that a detector can serve a scenario.

    Raises:
        UnsupportedLabelsError: The detector has none of its labels.
    """
    labels = scenario.spec.labels
    if labels and not labels & detector.labels:
        raise UnsupportedLabelsError(scenario.spec.key, tuple(sorted(labels)), detector.model.name)
