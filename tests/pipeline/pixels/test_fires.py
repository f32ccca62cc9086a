from collections.abc import Sequence

import pytest

from pipeline.geometry.shapes import Box, Point
from pipeline.pixels.fires import FireWatch
from pipeline.pixels.pixel_events import Burning, Fire
from scenarios.testing.edits import Burns, Edit, Lit, Placed, Shifted, Smokes
from tests.pipeline.pixels.films import brightness, film, nobody, seconds

PLACE = Box(0.4, 0.4, 0.12, 0.25)


def seen(edits: Sequence[Edit], *, lasts: float = 50) -> list[Fire]:
    watch = FireWatch()
    return [
        fire
        for at, rgb in film(edits, lasts=lasts)
        for fire in watch.push(at, brightness(rgb), nobody, colours=rgb.copy)
    ]


@pytest.mark.parametrize(
    ("edit", "burning"),
    [
        (Burns(box=PLACE, after=seconds(35)), Burning.FLAME),
        (Smokes(box=PLACE, after=seconds(35)), Burning.SMOKE),
    ],
)
def test_a_fire_in_its_place_is_seen_to_grow(edit: Edit, burning: Burning) -> None:
    fires = [fire for fire in seen([edit]) if fire.burning is burning]

    assert fires[-1].growth > 1.3
    assert fires[-1].score > 0.9
    assert fires[-1].box.centre == pytest.approx(PLACE.centre, abs=0.1)


@pytest.mark.parametrize(
    "edit",
    [
        Placed(box=PLACE, after=seconds(35)),
        Lit(gain=1.6, after=seconds(35)),
        Lit(gain=0.5, after=seconds(35)),
        Lit(gain=1.5, where=PLACE, after=seconds(35)),
        Shifted(by=Point(0.0, 0.0)),
    ],
)
def test_things_and_lamps_do_not_burn(edit: Edit) -> None:
    """A lamp over grey ground may flicker; it does not grow."""
    assert max((fire.score for fire in seen([edit])), default=0) < 0.7
