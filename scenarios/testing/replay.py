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
from pipeline.tracking.tracker_output import Sightings
from scenarios.definition.scenario_type import ScenarioType
from scenarios.definition.settings import Parameters
from scenarios.testing import stage
from scenarios.testing.case_player import CAMERA, Pause, film
from scenarios.testing.cases import Case
from scenarios.testing.trackability import never_followed

DROPPED = 0.10
"""Part of all detections that a noisy detector misses."""
SWITCHED = 0.01
"""Part of all sightings that get a new number from a noisy tracker."""
JITTER = 0.02
"""How far boxes tremble, in parts of their size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a case.

    Args:
        how: ``clean`` or ``noisy`` on the stage; a real clip, or one composed of it.
        opens: Alerts that were expected.
        good: Of these, how many came.
        to_alert: From the beginning to each opening.
        wrong: What differs from what was expected; empty for nothing.
    """

    name: str
    how: Literal["clean", "noisy", "footage", "composed"]
    opens: int
    good: int
    to_alert: tuple[timedelta, ...]
    wrong: str


def prove(kind: ScenarioType[Parameters]) -> Iterator[Played]:
    """Play all cases of a scenario, each clean and noisy."""
    for case in kind.cases:
        for noisy in (False, True):
            yield tried(kind, case, noisy=noisy)


def tried(kind: ScenarioType[Parameters], case: Case, *, noisy: bool) -> Played:
    """Play a case and judge it.

    Clean, all who are watched for must have been followed, and all that bounds the hazard
    must have been measured.
    """
    alerts = play(kind, case, noisy=noisy)
    besides = [] if noisy else [never_followed(kind, case), unmeasured(kind, alerts)]
    return judge(case, alerts, noisy=noisy, besides=besides)


def unmeasured(kind: ScenarioType[Parameters], alerts: list[Alert]) -> str:
    """Name the parameters that an alert has no measure of; empty for none.

    The page of a replay draws a measure against the parameter of its name. A choice of two
    (a whole number from 0 to 1) bounds nothing.
    """
    bounds = [
        s for s in kind.settings if s.role == "parameter" and (s.kind, s.maximum) != ("int", 1)
    ]
    lost = [s.name for s in bounds if alerts and s.name not in alerts[0].measures]
    return f"the rule does not tell {lost[0]}: scene.signal(…, {lost[0]}=…)" if lost else ""


def judge(case: Case, alerts: list[Alert], *, noisy: bool, besides: Iterable[str] = ()) -> Played:
    """Compare the alerts of a case with what it expects.

    Args:
        besides: What else is wrong; empty words are left out.
    """
    opened = [alert for alert in alerts if alert.change is Change.OPENED]
    worst = max((alert.level for alert in alerts), key=lambda level: level.rank, default=None)
    wrong = []
    if len(opened) != case.opens:
        wrong.append(f"{len(opened)} alerts instead of {case.opens}")
    if case.reaches is not None and worst is not case.reaches:
        wrong.append(f"reaches {worst or 'nothing'} instead of {case.reaches}")
    wrong += filter(None, besides)
    return Played(
        name=case.name,
        how="noisy" if noisy else "clean",
        opens=case.opens,
        good=min(len(opened), case.opens),
        to_alert=tuple(alert.opened_at - stage.BEGIN for alert in opened),
        wrong=", ".join(wrong),
    )


def play(kind: ScenarioType[Parameters], case: Case, *, noisy: bool = False) -> list[Alert]:
    """Play a case through the core; equal cases give equal alerts.

    Raises:
        CaseError: An actor or the zone leaves the stage.
        SettingsError: The case sets what the scenario does not have or allow.
    """
    scenario = kind.bind([stage.zone(case.zone)], case.parameters)
    chance = np.random.default_rng(crc32(case.name.encode()))
    pipeline = CameraPipeline(
        origin="stage/stage/stage",
        camera=CAMERA,
        detector=ScriptedDetector(_Film(case, chance if noisy else None), scenario.hazard.watches),
        scenarios=[scenario],
        tracker=SwitchingTracker(chance) if noisy else None,
    )
    alerts: list[Alert] = []
    for event in film(case, scenario):
        match event:
            case Frame():
                alerts += pipeline.push(event)
            case Pause(since, until):
                alerts += pipeline.gap(since, until)
    return alerts


@dataclass(frozen=True, slots=True)
class _Film:
    """A case as a detector sees it."""

    case: Case
    chance: np.random.Generator | None

    def __call__(self, at: datetime) -> Detections:
        found = stage.seen(self.case.cast, at - stage.BEGIN)
        return found if self.chance is None else blurred(found, self.chance)


def blurred(found: Detections, chance: np.random.Generator) -> Detections:
    """Miss some, and let the rest tremble."""
    sizes = found.boxes[:, [2, 3, 2, 3]]
    moved = found.boxes + chance.normal(0, JITTER, found.boxes.shape) * sizes
    scores = found.scores - chance.uniform(0, 0.25, len(found))
    kept = chance.random(len(found)) >= DROPPED
    left, top = np.clip(moved[:, :2].T, 0, 1)
    right, bottom = np.clip((moved[:, :2] + moved[:, 2:]).T, 0, 1)
    boxes = np.stack([left, top, right - left, bottom - top], axis=1)
    clipped = Detections(boxes.astype(np.float32), scores.astype(np.float32), found.labels)
    return clipped.only(kept)


class SwitchingTracker(Tracker):
    """A tracker that now and then gives an object a new number."""

    def __init__(self, chance: np.random.Generator) -> None:
        super().__init__()
        self._chance = chance
        self._names: dict[int, int] = {}
        self._next_name = 1

    def push(self, at: datetime, detections: Detections) -> Sightings:
        """Follow objects, and mix up some of their numbers."""
        told = super().push(at, detections)
        return told.numbered(self._name(number) for number in told.ids.tolist())

    def _name(self, number: int) -> int:
        if number not in self._names or self._chance.random() < SWITCHED:
            self._names[number] = self._next_name
            self._next_name += 1
        return self._names[number]
