"""A case as a camera shows it: a blank picture, or a drawn one where pixels matter."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pipeline.frame import Frame, Pixels
from pipeline.rules.capability import PIXEL_CAPABILITIES
from pipeline.rules.scenario import Scenario
from pipeline.testing import GreyPicture
from scenarios.testing import stage, stage_renderer
from scenarios.testing.cases import Case
from scenarios.testing.edit_rendering import apply_edits
from scenarios.testing.image_edits import StreamOutage, is_active
from scenarios.testing.stage_renderer import LazyPicture

FPS = 5
TAIL = timedelta(seconds=10)
CAMERA = "stage"


@dataclass(frozen=True, slots=True)
class NoFrame:
    """No picture comes, from the last one to this moment."""

    since: datetime
    until: datetime


def case_events(case: Case, scenario: Scenario) -> Iterator[Frame | NoFrame]:
    """Show a case, from ``stage.START`` on."""
    drawn = bool(PIXEL_CAPABILITIES & scenario.spec.capabilities)
    last = stage.START
    for number in range(round(case_duration(case, scenario).total_seconds() * FPS)):
        after = timedelta(seconds=number / FPS)
        at = stage.START + after
        if any(isinstance(edit, StreamOutage) and is_active(edit, after) for edit in case.edits):
            yield NoFrame(last, at)
        else:
            draw = partial(_draw, case, number, after)
            picture = LazyPicture(draw, stage.SIZE) if drawn else GreyPicture(stage.SIZE)
            yield Frame(camera=CAMERA, at=at, picture=picture)
        last = at


def case_duration(case: Case, scenario: Scenario) -> timedelta:
    """How long a case is: until all have acted, and what they did has held."""
    if case.duration:
        return case.duration
    acted = [actor.done_after for actor in case.actors]
    done = [edit.until or edit.after for edit in case.edits]
    return max([*acted, *done], default=timedelta()) + 1.5 * scenario.timing.hold + TAIL


def _draw(case: Case, number: int, after: timedelta) -> Pixels:
    places = [(actor, actor.position(after)) for actor in case.actors]
    actors = [
        (actor.label, stage.actor_box(actor.label, place, actor.pose(after)))
        for actor, place in places
        if place is not None
    ]
    pixels = stage_renderer.draw_stage(actors, number=number)
    return apply_edits(pixels, case.edits, after, first_frame=stage_renderer.draw_ground())
