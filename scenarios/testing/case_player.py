"""A case as a camera shows it: a blank picture, or a drawn one where pixels matter."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pipeline.frame import Frame, Pixels
from pipeline.rules.capability import PIXELS
from pipeline.rules.scenario import Scenario
from pipeline.testing import GreyPicture
from scenarios.testing import scenery, stage
from scenarios.testing.cases import Case
from scenarios.testing.edits import Away, is_on
from scenarios.testing.image_edits import retouched
from scenarios.testing.scenery import DrawnWhenSeen

FPS = 5
AFTERWARDS = timedelta(seconds=10)
CAMERA = "stage"


@dataclass(frozen=True, slots=True)
class Pause:
    """No picture comes, from the last one to this moment."""

    since: datetime
    until: datetime


def film(case: Case, scenario: Scenario) -> Iterator[Frame | Pause]:
    """Show a case, from ``stage.BEGIN`` on."""
    drawn = bool(PIXELS & scenario.hazard.needs)
    last = stage.BEGIN
    for number in range(round(length(case, scenario).total_seconds() * FPS)):
        after = timedelta(seconds=number / FPS)
        at = stage.BEGIN + after
        if any(isinstance(edit, Away) and is_on(edit, after) for edit in case.edits):
            yield Pause(last, at)
        else:
            draw = partial(_draw, case, number, after)
            picture = DrawnWhenSeen(draw, stage.SIZE) if drawn else GreyPicture(stage.SIZE)
            yield Frame(camera=CAMERA, at=at, picture=picture)
        last = at


def length(case: Case, scenario: Scenario) -> timedelta:
    """How long a case is: until all have acted, and what they did has held."""
    if case.lasts:
        return case.lasts
    acted = [actor.until for actor in case.cast]
    done = [edit.until or edit.after for edit in case.edits]
    return max([*acted, *done], default=timedelta()) + 1.5 * scenario.timing.hold + AFTERWARDS


def _draw(case: Case, number: int, after: timedelta) -> Pixels:
    places = [(actor, actor.place(after)) for actor in case.cast]
    actors = [
        (actor.label, stage.box(actor.label, place, actor.pose(after)))
        for actor, place in places
        if place is not None
    ]
    pixels = scenery.picture(actors, number=number)
    return retouched(pixels, case.edits, after, first=scenery.ground())
