"""Whether the tracker follows who plays: a case proves nothing of one whom no rule sees."""

import math
from collections.abc import Sequence
from datetime import timedelta

from pipeline.tracking.tracker import PATIENCE, Tracker
from scenarios.definition.scenario_type import ScenarioType
from scenarios.definition.settings import Parameters
from scenarios.testing import stage
from scenarios.testing.case_player import FPS, length
from scenarios.testing.cases import STAGE_M, Actor, Case, Walks

LOOK = timedelta(seconds=1 / FPS)
TENTHS = range(10, 400)
"""Speeds that are tried, in tenths of a metre a second."""


def never_followed(kind: ScenarioType[Parameters], case: Case) -> str:
    """Say who of the cast is watched for but never followed, and why; empty for nobody.

    Raises:
        CaseError: An actor or the zone leaves the stage.
        SettingsError: The case sets what the scenario does not have or allow.
    """
    scenario = kind.bind([stage.zone(case.zone)], case.parameters)
    times = [LOOK * number for number in range(round(length(case, scenario) / LOOK))]
    lost = [
        (number, who)
        for number, who in enumerate(case.cast, start=1)
        if who.label in kind.hazard.watches and not is_followed(who, times)
    ]
    if not lost:
        return ""
    numbers = ", ".join(str(number) for number, _ in lost)
    _, first = lost[0]
    return f"the tracker never follows number {numbers} of the cast: {_why(first, times)}"


def is_followed(who: Actor, times: Sequence[timedelta]) -> bool:
    """Tell whether somebody who is alone on the stage becomes a track at these times."""
    tracker = Tracker()
    there = (after for after in times if who.place(after) is not None)
    return any(len(tracker.push(stage.BEGIN + at, stage.seen([who], at))) for at in there)


def fastest(label: str) -> float:
    """How fast one may go across the middle of the stage and be followed; metres a second."""
    times = [LOOK * number for number in range(PATIENCE.confirm)]
    across = [(0.0, STAGE_M / 2), (STAGE_M, STAGE_M / 2)]
    kept = (n for n in TENTHS if not is_followed(Walks(label, across, n / 10), times))
    return (next(kept, TENTHS.stop) - 1) / 10


def _why(who: Actor, times: Sequence[timedelta]) -> str:
    places = [place for after in times if (place := who.place(after)) is not None]
    if len(places) < PATIENCE.confirm:
        return f"the {who.label} is there for {len(places)} looks, a track takes {PATIENCE.confirm}"
    speed = math.dist(*places[:2]) / LOOK.total_seconds()
    return (
        f"the {who.label} goes {speed:.1f} m/s; across the picture one is followed "
        f"up to {fastest(who.label):.1f} m/s at {FPS} looks a second"
    )
