from collections.abc import Sequence

import pytest

from pipeline.geometry.shapes import Box, Point
from pipeline.pixels.fires import FireDetector
from pipeline.pixels.pixel_events import Fire, FireKind
from scenarios.testing.image_edits import (
    CameraShift,
    Edit,
    Flames,
    LightChange,
    PlacedObject,
    Smoke,
)
from tests.pipeline.pixels.image_sequences import brightness, film, nobody, seconds

PLACE = Box(0.4, 0.4, 0.12, 0.25)


def seen(edits: Sequence[Edit], *, lasts: float = 50) -> list[Fire]:
    watch = FireDetector()
    return [
        fire
        for at, rgb in film(edits, lasts=lasts)
        for fire in watch.push(at, brightness(rgb), nobody, colours=rgb.copy)
    ]


@pytest.mark.parametrize(
    ("edit", "burning"),
    [
        (Flames(box=PLACE, after=seconds(35)), FireKind.FLAME),
        (Smoke(box=PLACE, after=seconds(35)), FireKind.SMOKE),
    ],
)
def test_a_growing_fire_is_found(edit: Edit, burning: FireKind) -> None:
    fires = [fire for fire in seen([edit]) if fire.kind is burning]

    assert fires[-1].growth > 1.3
    assert fires[-1].score > 0.9
    assert fires[-1].box.centre == pytest.approx(PLACE.centre, abs=0.1)


@pytest.mark.parametrize(
    "edit",
    [
        PlacedObject(box=PLACE, after=seconds(35)),
        LightChange(gain=1.6, after=seconds(35)),
        LightChange(gain=0.5, after=seconds(35)),
        LightChange(gain=1.5, area=PLACE, after=seconds(35)),
        CameraShift(by=Point(0.0, 0.0)),
    ],
)
def test_objects_and_lamps_are_no_fire(edit: Edit) -> None:
    """A lamp over grey ground may flicker; it does not grow."""
    assert max((fire.score for fire in seen([edit])), default=0) < 0.7
