"""Verify scenarios: play their cases on the drawn stage, and on the footage of this machine.

Each clip is decoded and detected once for all cases that use it.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from edge.sources.file import FileSource
from edge.sources.source import Gap, SourceEvent
from edge.sources.video_file import video_duration
from gridwatch.workbench.footage_composer import compose_footage
from gridwatch.workbench.replay.playback import event_time
from models import detector as detectors
from models.catalogue import footage
from models.errors import ModelError, NotFetchedError, NotInCatalogueError
from models.pose import find_pose_estimator
from pipeline.alert import Alert, CloseReason
from pipeline.camera import CameraPipeline, GateConfig
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.ground.marked_ground import MarkedGround
from pipeline.ports import Detector, ModelId
from pipeline.scenario_spec import Capability
from pipeline.second_look.second_look import SecondLook
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing.case_player import play_all_cases
from scenarios.testing.cases import FootageCase
from scenarios.testing.footage import alert_spans, check_spans, describe_clip, footage_zone
from scenarios.testing.image_edits import Edit
from scenarios.testing.results import CaseResult
from scenarios.testing.stage import START

DETECT_FPS = 5

CaseOutcome = tuple[str, CaseResult | str]
"""Key of a scenario, and the result of one of its cases; or why the case was skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedCase:
    """A footage case that waits for its clip.

    Args:
        number: Makes the name of its zone unique, so that cases of one scenario stay apart.
    """

    number: int
    scenario_type: ScenarioType
    case: FootageCase

    @property
    def zone(self) -> str:
        """The name of its zone."""
        return f"case-{self.number}"


@dataclass(frozen=True, slots=True)
class FootageRun:
    """A clip with its edits: what is decoded and detected once."""

    clip: str
    edits: tuple[Edit, ...]
    duration: timedelta | None

    def events(self) -> Iterator[SourceEvent]:
        """Play the clip, starting at ``START``.

        Raises:
            NotFetchedError: The clip is not on this machine.
        """
        file = footage.find_clip(self.clip)
        if self.edits or self.duration:
            duration = self.duration or video_duration(file)
            return compose_footage(
                file, self.edits, duration=duration, fps=DETECT_FPS, start_at=START
            )
        source = FileSource("footage", file, start_at=lambda: START, detect_fps=DETECT_FPS)
        return source.events(threading.Event())


@dataclass(slots=True)
class CachingDetector:
    """A detector shared by several pipelines that detects each frame once."""

    detector: Detector
    _last: tuple[Frame, Detections] | None = None

    @property
    def model(self) -> ModelId:
        """The name and checksum of the weights."""
        return self.detector.model

    @property
    def labels(self) -> frozenset[str]:
        """All labels that the model can report."""
        return self.detector.labels

    @property
    def confidence_threshold(self) -> float:
        """The score from which a detection may start a track."""
        return self.detector.confidence_threshold

    def detect(self, frame: Frame) -> Detections:
        """Detect all objects in a frame, or return the detections of the same frame again."""
        if self._last is None or self._last[0] is not frame:
            self._last = frame, self.detector.detect(frame)
        return self._last[1]


def play_stage_cases(scenario_types: Iterable[ScenarioType]) -> Iterator[CaseOutcome]:
    """Play all cases on the drawn stage, clean and noisy."""
    for scenario_type in scenario_types:
        for result in play_all_cases(scenario_type):
            yield scenario_type.key, result


def play_footage_cases(scenario_types: Iterable[ScenarioType]) -> Iterator[CaseOutcome]:
    """Play all footage cases; a case whose clip or model is not on this machine is skipped."""
    runs = group_by_footage(scenario_types)
    try:
        detector: Detector | None = detectors.load_detector(allow_fetch=False) if runs else None
    except ModelError as error:
        detector = None
        yield from (
            (
                queued.scenario_type.key,
                f"skipped: {queued.case.clip}: no model is installed ({error})",
            )
            for queued in chain.from_iterable(runs.values())
        )
    if detector:
        for footage_run, queued_cases in runs.items():
            yield from run_footage(footage_run, queued_cases, detector)


def is_skipping_forbidden() -> bool:
    """Return whether a skipped case counts as failed: ``REQUIRE_ALL=1`` asks for that."""
    return os.environ.get("REQUIRE_ALL") == "1"


def group_by_footage(
    scenario_types: Iterable[ScenarioType],
) -> Mapping[FootageRun, list[QueuedCase]]:
    """Group all footage cases by the clip and edits that they need."""
    pairs = [(kind, case) for kind in scenario_types for case in kind.footage]
    runs: dict[FootageRun, list[QueuedCase]] = {}
    for number, (scenario_type, case) in enumerate(pairs, start=1):
        footage_run = FootageRun(case.clip, tuple(case.edits), case.duration)
        queued = QueuedCase(number=number, scenario_type=scenario_type, case=case)
        runs.setdefault(footage_run, []).append(queued)
    return runs


def run_footage(
    footage_run: FootageRun, queued_cases: list[QueuedCase], detector: Detector
) -> Iterator[CaseOutcome]:
    """Play a clip for all cases that need it.

    Yields:
        The key of each scenario, and the result of its case or why it was skipped.
    """
    try:
        alerts = _play(footage_run, queued_cases, detector)
    except (NotFetchedError, NotInCatalogueError):
        for queued in queued_cases:
            reason = f"skipped: {describe_clip(queued.case)}: the clip is not on this machine"
            yield queued.scenario_type.key, reason
        return
    for queued in queued_cases:
        key = queued.scenario_type.key
        own = [alert for alert in alerts if (alert.scenario, alert.zone) == (key, queued.zone)]
        yield key, check_spans(queued.case, alert_spans(own))


def _play(
    footage_run: FootageRun, queued_cases: list[QueuedCase], detector: Detector
) -> list[Alert]:
    shared = CachingDetector(detector)
    pipelines = [_make_pipeline(queued, shared) for queued in queued_cases]
    alerts: list[Alert] = []
    last = START
    for event in footage_run.events():
        last = event_time(event)
        for pipeline in pipelines:
            match event:
                case Frame():
                    alerts += pipeline.push(event)
                case Gap(since, until):
                    alerts += pipeline.record_gap(since, until)
    for pipeline in pipelines:
        alerts += pipeline.close_alerts(last, CloseReason.SOURCE_ENDED)
    return alerts


def _make_pipeline(queued: QueuedCase, detector: CachingDetector) -> CameraPipeline:
    """Return a camera with this case alone.

    What other scenarios wait for would decide which frames need an inference.
    """
    case, zone = queued.case, footage_zone(queued.case, queued.zone)
    needs_poses = Capability.POSTURES in queued.scenario_type.spec.capabilities
    return CameraPipeline(
        origin="stage/stage/stage",
        camera="footage",
        detector=detector,
        scenarios=[queued.scenario_type.bind([zone], case.parameters)],
        gate=GateConfig(),
        second_look=SecondLook(detector.detector),
        poses=find_pose_estimator() if needs_poses else None,
        ground=MarkedGround(case.marks) if case.marks else None,
    )
