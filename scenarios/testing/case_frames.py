"""The frames of a case, as a camera would deliver them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pipeline.frame import Frame, Pixels
from pipeline.rules.scenario import Scenario
from pipeline.scenario_spec import PIXEL_CAPABILITIES
from pipeline.testing import GreyPicture
from scenarios.testing import stage, stage_renderer
from scenarios.testing.cases import Case
from scenarios.testing.edit_rendering import apply_edits
from scenarios.testing.image_edits import StreamOutage, is_active
from scenarios.testing.stage_renderer import LazyPicture

FPS = 5
TAIL = timedelta(seconds=10)
"""Added to the default length of a case, so that an alert has time to open."""
CAMERA = "stage"


@dataclass(frozen=True, slots=True)
class NoFrame:
    """The camera delivers nothing from the last frame until this time."""

    since: datetime
    until: datetime


def case_events(case: Case, scenario: Scenario) -> Iterator[Frame | NoFrame]:
    """Yield the frames of a case, the first at ``stage.START``.

    Frames are grey, unless the scenario looks at pixels: then the stage is drawn.
    """
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
    """Return the length of a case; by default its alerts have time to open once all is done."""
    if case.duration:
        return case.duration
    actors_done = [actor.done_after for actor in case.actors]
    edits_done = [edit.until or edit.after for edit in case.edits]
    done = max([*actors_done, *edits_done], default=timedelta())
    return done + 1.5 * scenario.timing.hold + TAIL


def _draw(case: Case, number: int, after: timedelta) -> Pixels:
    positions = [(actor, actor.position(after)) for actor in case.actors]
    boxes = [
        (actor.label, stage.actor_box(actor.label, position, actor.pose(after)))
        for actor, position in positions
        if position is not None
    ]
    pixels = stage_renderer.draw_stage(boxes, number=number)
    return apply_edits(pixels, case.edits, after, first_frame=stage_renderer.draw_ground())
