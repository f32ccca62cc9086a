"""Play cases through the real pipeline, clean and with detector noise, and check their alerts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

import numpy as np

from pipeline.alert import Alert, Change
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.testing import ScriptedDetector
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing import stage
from scenarios.testing.case_frames import CAMERA, NoFrame, case_events
from scenarios.testing.cases import Case
from scenarios.testing.detector_noise import SwitchingTracker, add_detector_noise
from scenarios.testing.results import CaseResult
from scenarios.testing.trackability import untracked_actor


def play_all_cases(scenario_type: ScenarioType) -> Iterator[CaseResult]:
    """Play all cases of a scenario, each clean and noisy."""
    for case in scenario_type.cases:
        for noisy in (False, True):
            yield play_and_check(scenario_type, case, noisy=noisy)


def play_and_check(scenario_type: ScenarioType, case: Case, *, noisy: bool) -> CaseResult:
    """Play a case and compare its alerts with what it expects.

    A clean case also fails if an actor that the rule could see is never tracked, or if a signal
    lacks the measure of a parameter.
    """
    alerts = play_case(scenario_type, case, noisy=noisy)
    if noisy:
        return check_alerts(case, alerts, noisy=True)
    others = [untracked_actor(scenario_type, case), missing_measure(scenario_type, alerts)]
    return check_alerts(case, alerts, noisy=False, other_failures=others)


def missing_measure(scenario_type: ScenarioType, alerts: list[Alert]) -> str:
    """Name the first parameter without a measure of the same name; empty for none.

    The page of a replay draws a measure against the parameter of its name. A choice of two
    values (a whole number from 0 to 1) needs no measure.
    """
    thresholds = [s for s in scenario_type.parameters.SETTINGS if (s.kind, s.maximum) != ("int", 1)]
    missing = [s.name for s in thresholds if alerts and s.name not in alerts[0].measures]
    return f"the signal lacks {missing[0]}: scene.signal(…, {missing[0]}=…)" if missing else ""


def check_alerts(
    case: Case, alerts: list[Alert], *, noisy: bool, other_failures: Iterable[str] = ()
) -> CaseResult:
    """Compare the alerts of a case with what it expects.

    Args:
        other_failures: More failures to report; empty ones are left out.
    """
    opened = [alert for alert in alerts if alert.change is Change.OPENED]
    highest = max((alert.level for alert in alerts), key=lambda level: level.rank, default=None)
    failures = []
    if len(opened) != case.opens:
        failures.append(f"{len(opened)} alerts instead of {case.opens}")
    if case.reaches is not None and highest is not case.reaches:
        failures.append(f"reaches {highest or 'nothing'} instead of {case.reaches}")
    failures += filter(None, other_failures)
    return CaseResult(
        name=case.name,
        mode="noisy" if noisy else "clean",
        expected=case.opens,
        matched=min(len(opened), case.opens),
        opened_after=tuple(alert.opened_at - stage.START for alert in opened),
        failure=", ".join(failures),
    )


def play_case(scenario_type: ScenarioType, case: Case, *, noisy: bool = False) -> list[Alert]:
    """Play a case through the pipeline and return its alerts; equal cases give equal alerts.

    Raises:
        CaseError: An actor or the zone is off the stage.
        SettingsError: The case sets something unknown or not allowed.
    """
    scenario = scenario_type.bind([stage.stage_zone(case.zone)], case.parameters)
    generator = np.random.default_rng(crc32(case.name.encode()))
    detector = _StageDetector(case, generator if noisy else None)
    pipeline = CameraPipeline(
        origin="stage/stage/stage",
        camera=CAMERA,
        detector=ScriptedDetector(detector, scenario.spec.labels),
        scenarios=[scenario],
        tracker=SwitchingTracker(generator) if noisy else None,
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
    """Detect the actors of a case; perfectly without a generator, else with noise."""

    case: Case
    generator: np.random.Generator | None

    def __call__(self, at: datetime) -> Detections:
        detections = stage.detections_at(self.case.actors, at - stage.START)
        return (
            detections if self.generator is None else add_detector_noise(detections, self.generator)
        )
