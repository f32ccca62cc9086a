"""Whether the tracker can track every actor of a case: no rule ever sees one it cannot."""

import math
from collections.abc import Sequence
from datetime import timedelta

from pipeline.tracking.tracker import DEFAULT_CONFIG, Tracker
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing import stage
from scenarios.testing.actors import STAGE_M, Actor, Walks
from scenarios.testing.case_frames import FPS, case_duration
from scenarios.testing.cases import Case

FRAME_INTERVAL = timedelta(seconds=1 / FPS)
SPEEDS_TENTH_MPS = range(10, 400)
"""Speeds that ``max_trackable_speed`` tries, in tenths of a metre per second."""


def untracked_actor(scenario_type: ScenarioType, case: Case) -> str:
    """Name the actors whose label the rule uses but who never become a track, and why.

    Returns:
        A sentence; empty if every such actor becomes a track.

    Raises:
        CaseError: An actor or the zone is off the stage.
        SettingsError: The case sets something unknown or not allowed.
    """
    scenario = scenario_type.bind([stage.stage_zone(case.zone)], case.parameters)
    frames = round(case_duration(case, scenario) / FRAME_INTERVAL)
    times = [FRAME_INTERVAL * number for number in range(frames)]
    untracked = [
        (number, actor)
        for number, actor in enumerate(case.actors, start=1)
        if actor.label in scenario_type.spec.labels and not is_trackable(actor, times)
    ]
    if not untracked:
        return ""
    numbers = ", ".join(str(number) for number, _ in untracked)
    _, first = untracked[0]
    return f"the tracker never tracks actor {numbers}: {_explain(first, times)}"


def is_trackable(actor: Actor, times: Sequence[timedelta]) -> bool:
    """Return whether an actor alone on the stage becomes a track in frames at these times."""
    tracker = Tracker()
    present = (after for after in times if actor.position(after) is not None)
    return any(
        len(tracker.push(stage.START + after, stage.detections_at([actor], after)))
        for after in present
    )


def max_trackable_speed(label: str) -> float:
    """Return the speed in m/s up to which an object crossing the stage is tracked."""
    times = [FRAME_INTERVAL * number for number in range(DEFAULT_CONFIG.min_hits)]
    path = [(0.0, STAGE_M / 2), (STAGE_M, STAGE_M / 2)]
    too_fast = (n for n in SPEEDS_TENTH_MPS if not is_trackable(Walks(label, path, n / 10), times))
    return (next(too_fast, SPEEDS_TENTH_MPS.stop) - 1) / 10


def _explain(actor: Actor, times: Sequence[timedelta]) -> str:
    positions = [at for after in times if (at := actor.position(after)) is not None]
    if len(positions) < DEFAULT_CONFIG.min_hits:
        needed = DEFAULT_CONFIG.min_hits
        return f"the {actor.label} is in {len(positions)} frames, a track needs {needed}"
    speed_mps = math.dist(*positions[:2]) / FRAME_INTERVAL.total_seconds()
    return (
        f"the {actor.label} moves at {speed_mps:.1f} m/s; across the frame the tracker follows "
        f"up to {max_trackable_speed(actor.label):.1f} m/s at {FPS} frames a second"
    )
