"""Builders of typical values of the pipeline."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from pipeline.detection import Detections
from pipeline.geometry.shapes import Box
from pipeline.ground.height_calibration import HeightCalibratedGround
from pipeline.scenario_spec import Per, ScenarioSpec
from pipeline.scene.track_set import TrackSet
from pipeline.signal import CountedObject, Level, Signal
from pipeline.text import Text
from pipeline.track import Track

BEGIN = datetime.fromisoformat("2026-03-01T08:00:00+08:00")


def after(seconds: float) -> datetime:
    """So long after the beginning."""
    return BEGIN + timedelta(seconds=seconds)


def a_spec(*, per: Per = Per.ZONE) -> ScenarioSpec:
    return ScenarioSpec(
        key="crowd",
        revision=1,
        title=Text(zh="人群", en="Crowd"),
        message=Text(zh="{people:.0f} 人", en="{people:.0f} people"),
        per=per,
        level=Level.MAJOR,
        labels=frozenset({"person"}),
    )


def a_signal(
    *, zone: str = "square", level: Level = Level.MAJOR, score: float = 0.8, people: int = 8
) -> Signal:
    return Signal(
        zone=zone,
        subject=None,
        level=level,
        score=score,
        objects=(CountedObject(box=Box(0.1, 0.2, 0.1, 0.3), label="person"),),
        measures={"people": people},
    )


def a_box(x: float = 0.5, y: float = 0.6, *, h: float = 0.2) -> Box:
    """A person whose feet stand at ``x``, ``y``."""
    return Box(x - h / 8, y - h, h / 4, h)


def a_track(
    *, subject: int = 1, x: float = 0.5, y: float = 0.6, h: float = 0.2, label: str = "person"
) -> Track:
    return Track(
        subject=subject,
        label=label,
        box=a_box(x, y, h=h),
        score=0.8,
        first_seen_at=BEGIN,
        stationary_since=BEGIN,
    )


def a_track_set(*tracks: Track, ground: HeightCalibratedGround | None = None) -> TrackSet:
    return TrackSet(tracks, ground or HeightCalibratedGround())


def some_detections(*boxes: Box, scores: Sequence[float] = (), label: str = "person") -> Detections:
    """Return detections of ``boxes``, with a score of 0.9 unless ``scores`` are given."""
    sides = np.array([[b.x, b.y, b.w, b.h] for b in boxes], np.float32).reshape(-1, 4)
    sure = np.array(scores or [0.9] * len(boxes), np.float32)
    return Detections(sides, sure, (label,) * len(boxes))
