"""Scenarios proven: their cases on the stage, then every clip that is here, looked at once."""

import os
from collections.abc import Iterable, Iterator
from itertools import chain

from gridwatch.workbench import clips
from models import detector as detectors
from models.errors import ModelError
from pipeline.ports import Detector
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing.case_player import play_all_cases
from scenarios.testing.results import CaseResult

Kinds = Iterable[ScenarioType]
Result = tuple[str, CaseResult | str]
"""A scenario's key, and what came of one of its cases; or why it was left out."""


def play_stage_cases(kinds: Kinds) -> Iterator[Result]:
    """Play all cases, clean and noisy."""
    for kind in kinds:
        for played in play_all_cases(kind):
            yield kind.key, played


def play_footage_cases(kinds: Kinds) -> Iterator[Result]:
    """Play all footage cases; nothing is fetched, what is not here is left out and named."""
    reels = clips.group_by_footage(kinds)
    try:
        detector: Detector | None = detectors.load_detector(allow_fetch=False) if reels else None
    except ModelError as error:
        detector = None
        yield from (
            (booking.scenario_type.key, f"skipped: {booking.case.clip}: no model is here ({error})")
            for booking in chain.from_iterable(reels.values())
        )
    if detector:
        for reel, bookings in reels.items():
            yield from clips.run_footage(reel, bookings, detector)


def is_skipping_forbidden() -> bool:
    """Tell whether what is left out counts as failed: ``REQUIRE_ALL=1`` asks for that."""
    return os.environ.get("REQUIRE_ALL") == "1"
