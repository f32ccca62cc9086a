"""Short sequences of drawn images, with edits, for the pixel detectors."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import cv2
import numpy as np

from pipeline.frame import Pixels
from pipeline.pixels.masks import Plane, smoothed
from scenarios.testing import stage_renderer
from scenarios.testing.edit_rendering import apply_edits
from scenarios.testing.image_edits import Edit

BEGIN = datetime.fromisoformat("2026-01-01T08:00:00+08:00")
FREE: Plane = np.zeros((180, 320), np.uint8)
"""Nobody moves."""


def nobody() -> Plane:
    """Draw those who move."""
    return FREE


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


def film(
    edits: Sequence[Edit], *, lasts: float, fps: float = 5, since: float = 0
) -> Iterator[tuple[datetime, Pixels]]:
    """Frames and their times; ``since`` leaves out what comes before."""
    for number in range(round(since * fps), round(lasts * fps)):
        after = seconds(number / fps)
        pixels = stage_renderer.draw_stage((), number=number)
        yield (
            BEGIN + after,
            apply_edits(pixels, edits, after, first_frame=stage_renderer.draw_ground()),
        )


def brightness(pixels: Pixels) -> Plane:
    """A picture without its colours."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def greys(
    edits: Sequence[Edit], *, lasts: float, since: float = 0
) -> Iterator[tuple[datetime, Plane]]:
    """The same, as the signals see it."""
    for at, pixels in film(edits, lasts=lasts, since=since):
        yield at, smoothed(brightness(pixels))
