"""Cases through the real core, clean and with the faults of real detectors."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zlib import crc32

import numpy as np

from pipeline.alert import Alert, Change
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.testing import ScriptedDetector
from pipeline.tracking.tracker import Tracker
from pipeline.tracking.tracker_output import TrackerOutput
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing import stage
from scenarios.testing.case_frames import CAMERA, NoFrame, case_events
from scenarios.testing.cases import Case
from scenarios.testing.trackability import untracked_actor

MISS_RATE = 0.10
"""Part of all detections that a noisy detector misses."""
ID_SWITCH_RATE = 0.01
"""Part of all sightings that get a new number from a noisy tracker."""
BOX_JITTER = 0.02
"""How far boxes tremble, in parts of their size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What came of a case.

    Args:
        mode: ``clean`` or ``noisy`` on the stage; a real clip, or one composed of it.
        expected: Alerts that were expected.
        matched: Of these, how many came.
        opened_after: From the beginning to each opening.
        failure: What differs from what was expected; empty for nothing.
    """

    name: str
    mode: Literal["clean", "noisy", "footage", "composed"]
    expected: int
    matched: int
    opened_after: tuple[timedelta, ...]
    failure: str


def play_all_cases(kind: ScenarioType) -> Iterator[CaseResult]:
    """Play all cases of a scenario, each clean and noisy."""
    for case in kind.cases:
        for noisy in (False, True):
            yield play_and_check(kind, case, noisy=noisy)


def play_and_check(kind: ScenarioType, case: Case, *, noisy: bool) -> CaseResult:
    """Play a case and judge it.

    Clean, all who are watched for must have been followed, and all that bounds the hazard
    must have been measured.
    """
    alerts = play_case(kind, case, noisy=noisy)
    besides = [] if noisy else [untracked_actor(kind, case), missing_measure(kind, alerts)]
    return check_alerts(case, alerts, noisy=noisy, other_failures=besides)


def missing_measure(kind: ScenarioType, alerts: list[Alert]) -> str:
    """Name the parameters that an alert has no measure of; empty for none.

    The page of a replay draws a measure against the parameter of its name. A choice of two
    (a whole number from 0 to 1) bounds nothing.
    """
    bounds = [
        s for s in kind.settings if s.role == "parameter" and (s.kind, s.maximum) != ("int", 1)
    ]
    lost = [s.name for s in bounds if alerts and s.name not in alerts[0].measures]
    return f"the rule does not tell {lost[0]}: scene.signal(…, {lost[0]}=…)" if lost else ""


def check_alerts(
    case: Case, alerts: list[Alert], *, noisy: bool, other_failures: Iterable[str] = ()
) -> CaseResult:
    """Compare the alerts of a case with what it expects.

    Args:
        other_failures: What else is wrong; empty words are left out.
    """
    opened = [alert for alert in alerts if alert.change is Change.OPENED]
    worst = max((alert.level for alert in alerts), key=lambda level: level.rank, default=None)
    wrong = []
    if len(opened) != case.opens:
        wrong.append(f"{len(opened)} alerts instead of {case.opens}")
    if case.reaches is not None and worst is not case.reaches:
        wrong.append(f"reaches {worst or 'nothing'} instead of {case.reaches}")
    wrong += filter(None, other_failures)
    return CaseResult(
        name=case.name,
        mode="noisy" if noisy else "clean",
        expected=case.opens,
        matched=min(len(opened), case.opens),
        opened_after=tuple(alert.opened_at - stage.START for alert in opened),
        failure=", ".join(wrong),
    )


def play_case(kind: ScenarioType, case: Case, *, noisy: bool = False) -> list[Alert]:
    """Play a case through the core; equal cases give equal alerts.

    Raises:
        CaseError: An actor or the zone leaves the stage.
        SettingsError: The case sets what the scenario does not have or allow.
    """
    scenario = kind.bind([stage.stage_zone(case.zone)], case.parameters)
    chance = np.random.default_rng(crc32(case.name.encode()))
    pipeline = CameraPipeline(
        origin="stage/stage/stage",
        camera=CAMERA,
        detector=ScriptedDetector(
            _StageDetector(case, chance if noisy else None), scenario.spec.labels
        ),
        scenarios=[scenario],
        tracker=SwitchingTracker(chance) if noisy else None,
    )
    alerts: list[Alert] = []
    for event in case_events(case, scenario):
        match event:
            case Frame():
                alerts += pipeline.push(event)
            case NoFrame(since, until):
                alerts += pipeline.record_gap(since, until)
    return alerts


@dataclass(frozen=True, slots=True)
class _StageDetector:
    """A case as a detector sees it."""

    case: Case
    chance: np.random.Generator | None

    def __call__(self, at: datetime) -> Detections:
        found = stage.detections_at(self.case.actors, at - stage.START)
        return found if self.chance is None else add_detector_noise(found, self.chance)


def add_detector_noise(found: Detections, chance: np.random.Generator) -> Detections:
    """Miss some, and let the rest tremble."""
    sizes = found.boxes[:, [2, 3, 2, 3]]
    moved = found.boxes + chance.normal(0, BOX_JITTER, found.boxes.shape) * sizes
    scores = found.scores - chance.uniform(0, 0.25, len(found))
    kept = chance.random(len(found)) >= MISS_RATE
    left, top = np.clip(moved[:, :2].T, 0, 1)
    right, bottom = np.clip((moved[:, :2] + moved[:, 2:]).T, 0, 1)
    boxes = np.stack([left, top, right - left, bottom - top], axis=1)
    clipped = Detections(boxes.astype(np.float32), scores.astype(np.float32), found.labels)
    return clipped.select(kept)


class SwitchingTracker(Tracker):
    """A tracker that now and then gives an object a new number."""

    def __init__(self, chance: np.random.Generator) -> None:
        super().__init__()
        self._chance = chance
        self._names: dict[int, int] = {}
        self._next_name = 1

    def push(self, at: datetime, detections: Detections) -> TrackerOutput:
        """Follow objects, and mix up some of their numbers."""
        told = super().push(at, detections)
        return told.numbered(self._name(number) for number in told.ids.tolist())

    def _name(self, number: int) -> int:
        if number not in self._names or self._chance.random() < ID_SWITCH_RATE:
            self._names[number] = self._next_name
            self._next_name += 1
        return self._names[number]
