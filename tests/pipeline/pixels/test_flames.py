"""Flames and what looks like them: drawn, and real clips played back and forth."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import cv2
import numpy as np
import pytest

from edge.sources.file import FileSource
from pipeline.frame import Frame, Pixels
from pipeline.geometry.shapes import Box
from pipeline.pixels.fires import FireDetector
from pipeline.pixels.pixel_events import Fire, FireKind
from scenarios.testing.edit_rendering import apply_edits
from scenarios.testing.image_edits import Flames
from tests.edge.nodes import footage_path
from tests.pipeline.pixels.image_sequences import nobody, seconds

START = datetime.fromisoformat("2026-01-01T20:00:00+08:00")
SIZE = (320, 180)
LIKENESS = 0.8
"""From which ``smoke_fire`` signals by default."""
Draw = Callable[[Pixels, float], None]


def street(level: int) -> Pixels:
    ground = np.random.default_rng(1).integers(-12, 12, (180, 320, 1)) + level
    return np.repeat(ground, 3, axis=2).clip(0, 255).astype(np.uint8)


def drawn(draw: Draw, *, level: int, lasts: float = 12) -> Iterator[tuple[datetime, Pixels]]:
    for number in range(round(lasts * 5)):
        picture = street(level)
        draw(picture, number / 5)
        yield START + timedelta(seconds=number / 5), picture


def find(images: Iterator[tuple[datetime, Pixels]]) -> list[list[Fire]]:
    """The fires of each image that ``smoke_fire`` would signal."""
    detector, found = FireDetector(), []
    for at, rgb in images:
        grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
        fires = detector.push(at, grey, nobody, colours=rgb.copy)
        found.append([fire for fire in fires if fire.score >= LIKENESS])
    return found


def glow(picture: Pixels, x: float, y: float, *, size: float, colour: tuple[int, int, int]) -> None:
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]]
    distance = np.hypot(columns - x, rows - y)
    light = np.exp(-((distance / size) ** 2)) * 300 + np.exp(-distance / (2.5 * size)) * 60
    lit = picture + light[:, :, None] * np.array(colour) / 255
    picture[:] = lit.clip(0, 255).astype(np.uint8)


def headlights(picture: Pixels, t: float) -> None:
    for side in (-1, 1):
        glow(
            picture,
            160 + side * (6 + t) - 4 * t,
            60 + 6 * t,
            size=3 + 0.4 * t,
            colour=(255, 235, 190),
        )


def hazard_lamp(picture: Pixels, t: float) -> None:
    if t % 0.8 < 0.4:
        glow(picture, 200, 100, size=6, colour=(255, 140, 20))


def street_lamp(picture: Pixels, _: float) -> None:
    glow(picture, 100, 40, size=8, colour=(255, 190, 110))


def flag(picture: Pixels, t: float) -> None:
    for column in range(50):
        shade = 0.8 + 0.2 * np.sin(column / 6 - 7 * t)
        top = 60 + round(3 * np.sin(column / 10 - 6 * t))
        picture[top : top + 30, 140 + column] = np.array([240, 90, 30]) * shade


def screen(picture: Pixels, t: float) -> None:
    colours = np.random.default_rng(int(t / 0.6)).integers(0, 255, (2, 3, 3)).astype(np.uint8)
    colours[:, :, 0] = 240
    picture[50:90, 180:240] = cv2.resize(colours, (60, 40), interpolation=cv2.INTER_LINEAR)


def sun_on_water(picture: Pixels, t: float) -> None:
    generator = np.random.default_rng(round(5 * t))
    for x, y in zip(generator.integers(80, 200, 25), generator.integers(90, 130, 25), strict=True):
        picture[y : y + 2, x : x + 3] = (255, 245, 200)


@pytest.mark.parametrize("level", [35, 120], ids=["by night", "by day"])
@pytest.mark.parametrize("draw", [headlights, hazard_lamp, street_lamp, flag, screen, sun_on_water])
def test_what_looks_like_a_flame_is_none(draw: Draw, level: int) -> None:
    assert not any(find(drawn(draw, level=level)))


def test_a_flame_that_burns_from_the_first_image_is_found_on_its_place() -> None:
    box = Box(0.4, 0.4, 0.12, 0.3)

    def burn(picture: Pixels, t: float) -> None:
        first = picture.copy()
        picture[:] = apply_edits(picture, [Flames(box=box)], seconds(t), first_frame=first)

    found = find(drawn(burn, level=120))

    assert sum(map(bool, found[15:])) >= 0.8 * len(found[15:])
    assert found[-1][0].box.centre == pytest.approx(box.centre, abs=0.08)


def real(name: str, *, lasts: float) -> Iterator[tuple[datetime, Pixels]]:
    """Play a clip back and forth."""
    source = FileSource("yard", footage_path(name), start_at=lambda: START, detect_fps=5)
    events = source.events(threading.Event())
    images = [
        np.asarray(cv2.resize(e.picture.rgb(), SIZE, interpolation=cv2.INTER_AREA), np.uint8)
        for e in events
        if isinstance(e, Frame)
    ]
    both_ways = images + images[-2:0:-1]
    for number in range(round(lasts * 5)):
        yield START + timedelta(seconds=number / 5), both_ways[number % len(both_ways)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "clip",
    [
        "fire/night_billboards_lookalike.mp4",
        "traffic/a_casino.mp4",
        "traffic/a_milanoest.mp4",
        "traffic/a_salitona.mp4",
        "cctv2s/nofi007.mp4",
        "cctv2s/nofi029.mp4",
    ],
)
def test_screens_headlights_and_low_sun_are_no_fire(clip: str) -> None:
    found = find(real(clip, lasts=60))
    is_flame = [any(fire.kind is FireKind.FLAME for fire in now) for now in found]

    assert max(sum(is_flame[n : n + 10]) for n in range(len(found))) < 6, "less than the hold"


def test_an_explosion_at_night_is_found_within_two_seconds_on_the_flame() -> None:
    found = find(real("fire/yard_explosion_night.mp4", lasts=5.6))
    times = [number / 5 for number, fires in enumerate(found) if fires]

    assert 1.4 < times[0] <= 3.2
    for fires in found[15:22]:
        [flame] = fires
        assert flame.box.x < 0.05
        assert flame.box.right < 0.45
        assert 0.25 < flame.box.y < flame.box.bottom < 0.9
