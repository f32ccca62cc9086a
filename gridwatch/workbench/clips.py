"""Footage cases on this machine: each clip is looked at once, for all scenarios together."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from edge.sources.file import FileSource, video_duration
from edge.sources.source import Gap, SourceEvent
from gridwatch.workbench.footage_composer import compose_footage
from gridwatch.workbench.replay.playback import event_time
from models.catalogue import footage
from models.errors import NotFetchedError, NotInCatalogueError
from pipeline.alert import Alert, CloseReason
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.ground.marked_ground import MarkedGround
from pipeline.ports import Detector, ModelId
from pipeline.scenario_spec import PIXEL_CAPABILITIES
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing.cases import FootageCase
from scenarios.testing.footage import alert_spans, check_spans, describe_clip, footage_zone
from scenarios.testing.image_edits import Edit
from scenarios.testing.results import CaseResult
from scenarios.testing.stage import START

DETECT_FPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedCase:
    """A case that waits for its clip.

    Args:
        number: Names its zone, so that cases of one scenario can be told apart.
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
    """What is looked at once: a clip, and what is done to it."""

    clip: str
    edits: tuple[Edit, ...]
    duration: timedelta | None

    def events(self) -> Iterator[SourceEvent]:
        """Play it, from ``START``.

        Raises:
            NotFetchedError: It is not on this machine.
        """
        file = footage.find_clip(self.clip)
        if self.edits or self.duration:
            length = self.duration or video_duration(file)
            return compose_footage(
                file, self.edits, duration=length, fps=DETECT_FPS, start_at=START
            )
        source = FileSource("footage", file, start_at=lambda: START, detect_fps=DETECT_FPS)
        return source.events(threading.Event())


@dataclass(slots=True)
class CachingDetector:
    """A detector that looks at each frame once, however many ask."""

    detector: Detector
    _last: tuple[Frame, Detections] | None = None

    @property
    def model(self) -> ModelId:
        """The weights behind it."""
        return self.detector.model

    @property
    def labels(self) -> frozenset[str]:
        """All it can find."""
        return self.detector.labels

    @property
    def confidence_threshold(self) -> float:
        """From this score on a detection counts by itself."""
        return self.detector.confidence_threshold

    def detect(self, frame: Frame) -> Detections:
        """Find all objects, or say again what was found."""
        if self._last is None or self._last[0] is not frame:
            self._last = frame, self.detector.detect(frame)
        return self._last[1]


def group_by_footage(kinds: Iterable[ScenarioType]) -> Mapping[FootageRun, list[QueuedCase]]:
    """Sort all footage cases by what must be looked at."""
    pairs = [(kind, case) for kind in kinds for case in kind.footage]
    sorted_: dict[FootageRun, list[QueuedCase]] = {}
    for number, (kind, case) in enumerate(pairs, start=1):
        reel = FootageRun(case.clip, tuple(case.edits), case.duration)
        sorted_.setdefault(reel, []).append(
            QueuedCase(number=number, scenario_type=kind, case=case)
        )
    return sorted_


def run_footage(
    footage_run: FootageRun, queued_cases: list[QueuedCase], detector: Detector
) -> Iterator[tuple[str, CaseResult | str]]:
    """Play a reel for all who have booked it.

    Yields:
        The scenario's key, and what came of its case; or why the clip was left out.
    """
    try:
        alerts = _alerts(footage_run, queued_cases, detector)
    except (NotFetchedError, NotInCatalogueError):
        for booking in queued_cases:
            yield (
                booking.scenario_type.key,
                f"skipped: {describe_clip(booking.case)}: the clip is not here",
            )
        return
    for booking in queued_cases:
        own = [
            alert
            for alert in alerts
            if (alert.scenario, alert.zone) == (booking.scenario_type.key, booking.zone)
        ]
        yield booking.scenario_type.key, check_spans(booking.case, alert_spans(own))


def _alerts(reel: FootageRun, bookings: list[QueuedCase], detector: Detector) -> list[Alert]:
    shared = CachingDetector(detector)
    pipelines = [_pipeline(group, shared) for group in _together(bookings)]
    alerts: list[Alert] = []
    last = START
    for event in reel.events():
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


def _together(bookings: list[QueuedCase]) -> list[list[QueuedCase]]:
    """Who looks at pixels gets a camera of his own: how often they are looked at is shared.

    So does who has marks of the ground.
    """
    alone = [
        [one]
        for one in bookings
        if one.scenario_type.spec.capabilities & PIXEL_CAPABILITIES or one.case.marks
    ]
    others = [one for one in bookings if [one] not in alone]
    return [*alone, others] if others else alone


def _pipeline(bookings: list[QueuedCase], detector: Detector) -> CameraPipeline:
    scenarios = [
        one.scenario_type.bind([footage_zone(one.case, one.zone)], one.case.parameters)
        for one in bookings
    ]
    marks = bookings[0].case.marks
    return CameraPipeline(
        origin="stage/stage/stage",
        camera="footage",
        detector=detector,
        scenarios=scenarios,
        ground=MarkedGround(marks) if marks else None,
    )
