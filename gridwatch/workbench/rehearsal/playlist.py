"""Draw which alerts of the clips many cameras report on many days. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from gridwatch.workbench.rehearsal.clip_alerts import ClipAlert

FIRST_HOUR = timedelta(hours=1)
LAST_HOUR = timedelta(hours=22)
"""Alerts come between these times of a day; the rest is left for the reviews."""


@dataclass(frozen=True, slots=True)
class PlannedAlert:
    """An alert of a clip at a time of a day.

    Args:
        camera: One of the cameras that see this clip.
        zone: Of its own for each alert, so that each is an incident.
    """

    at: datetime
    camera: str
    zone: str
    source: ClipAlert


def camera_name(alert: ClipAlert) -> str:
    """Return the camera that shows a clip at a site with such settings."""
    name = f"{alert.clip}-{alert.setting}"
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def plan_day(
    alerts: Sequence[ClipAlert], day: int, *, starts_at: datetime, n: int, seed: int
) -> Iterator[PlannedAlert]:
    """Draw the alerts of a day, with repetition; the same seed draws the same."""
    generator = np.random.default_rng((seed, day))
    step = (LAST_HOUR - FIRST_HOUR) / n
    for number, index in enumerate(generator.integers(len(alerts), size=n)):
        alert = alerts[index]
        yield PlannedAlert(
            at=starts_at + FIRST_HOUR + number * step,
            camera=camera_name(alert),
            zone=f"{alert.alert.zone}-day-{day}-{number}",
            source=alert,
        )
