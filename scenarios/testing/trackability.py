"""Whether the tracker follows who plays: a case proves nothing of one whom no rule sees."""

import math
from collections.abc import Sequence
from datetime import timedelta

from pipeline.tracking.tracker import DEFAULT_CONFIG, Tracker
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing import stage
from scenarios.testing.case_frames import FPS, case_duration
from scenarios.testing.cases import STAGE_M, Actor, Case, Walks

FRAME_INTERVAL = timedelta(seconds=1 / FPS)
SPEEDS_TENTH_MPS = range(10, 400)
"""Speeds that are tried, in tenths of a metre a second."""


def untracked_actor(kind: ScenarioType, case: Case) -> str:
    """Say who of the cast is watched for but never followed, and why; empty for nobody.

    Raises:
        CaseError: An actor or the zone leaves the stage.
        SettingsError: The case sets what the scenario does not have or allow.
    """
    scenario = kind.bind([stage.stage_zone(case.zone)], case.parameters)
    times = [
        FRAME_INTERVAL * number
        for number in range(round(case_duration(case, scenario) / FRAME_INTERVAL))
    ]
    lost = [
        (number, who)
        for number, who in enumerate(case.actors, start=1)
        if who.label in kind.hazard.labels and not is_trackable(who, times)
    ]
    if not lost:
        return ""
    numbers = ", ".join(str(number) for number, _ in lost)
    _, first = lost[0]
    return f"the tracker never follows number {numbers} of the cast: {_explain(first, times)}"


def is_trackable(who: Actor, times: Sequence[timedelta]) -> bool:
    """Tell whether somebody who is alone on the stage becomes a track at these times."""
    tracker = Tracker()
    there = (after for after in times if who.position(after) is not None)
    return any(len(tracker.push(stage.START + at, stage.detections_at([who], at))) for at in there)


def max_trackable_speed(label: str) -> float:
    """How fast one may go across the middle of the stage and be followed; metres a second."""
    times = [FRAME_INTERVAL * number for number in range(DEFAULT_CONFIG.min_hits)]
    across = [(0.0, STAGE_M / 2), (STAGE_M, STAGE_M / 2)]
    kept = (n for n in SPEEDS_TENTH_MPS if not is_trackable(Walks(label, across, n / 10), times))
    return (next(kept, SPEEDS_TENTH_MPS.stop) - 1) / 10


def _explain(who: Actor, times: Sequence[timedelta]) -> str:
    places = [place for after in times if (place := who.position(after)) is not None]
    if len(places) < DEFAULT_CONFIG.min_hits:
        needed = DEFAULT_CONFIG.min_hits
        return f"the {who.label} is there for {len(places)} looks, a track takes {needed}"
    speed = math.dist(*places[:2]) / FRAME_INTERVAL.total_seconds()
    return (
        f"the {who.label} goes {speed:.1f} m/s; across the picture one is followed "
        f"up to {max_trackable_speed(who.label):.1f} m/s at {FPS} looks a second"
    )
