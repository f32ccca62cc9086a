"""Composed footage is real footage with repeatable edits."""

import threading
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.sources.file import FileSource
from edge.sources.source import Gap
from gridwatch.workbench.footage_composer import START_AT, compose_footage, write_video
from models.catalogue import footage
from models.errors import ModelError
from pipeline.frame import Frame, Pixels
from pipeline.geometry.shapes import Box
from scenarios.testing.image_edits import Edit, PlacedObject, StreamOutage
from tests.requirements import require

BAG = PlacedObject(box=Box(0.5, 0.5, 0.1, 0.1), after=timedelta(seconds=1))


@pytest.fixture(scope="module")
def clip() -> Path:
    try:
        return footage.find_clip("vtest")
    except ModelError as error:
        require(condition=False, what=str(error))
        raise


def pixels(clip: Path, *edits: Edit, lasts: float = 2) -> list[Pixels]:
    events = compose_footage(clip, edits, duration=timedelta(seconds=lasts))
    return [event.picture.rgb() for event in events if isinstance(event, Frame)]


def test_equal_edits_give_equal_pixels(clip: Path) -> None:
    once, again = pixels(clip, BAG), pixels(clip, BAG)

    assert len(once) == 10
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))


def test_an_edit_changes_only_its_area_and_its_time(clip: Path) -> None:
    real, edited = (np.stack(pixels(clip, *edits)) for edits in ((), (BAG,)))
    changed = (real != edited).any(axis=3)
    tall, wide = changed.shape[1:]

    assert not changed[:5].any()
    assert changed[5:, round(0.55 * tall), round(0.55 * wide)].all()
    assert not changed[:, : tall // 2].any()


@pytest.mark.slow
def test_a_clip_loops_until_the_duration_is_full(clip: Path) -> None:
    events = list(compose_footage(clip, (), duration=timedelta(seconds=85)))
    times = [event.at for event in events if isinstance(event, Frame)]

    assert times == sorted(set(times))
    assert times[-1] - START_AT == pytest.approx(timedelta(seconds=85), abs=timedelta(seconds=0.3))


def test_an_outage_gives_adjoining_gaps(clip: Path) -> None:
    away = StreamOutage(after=timedelta(seconds=0.5), until=timedelta(seconds=1.5))
    gaps = [
        event
        for event in compose_footage(clip, (away,), duration=timedelta(seconds=2))
        if isinstance(event, Gap)
    ]

    assert len(gaps) == 5
    assert [gap.since for gap in gaps[1:]] == [gap.until for gap in gaps[:-1]]


def test_composed_footage_can_be_written_and_played(clip: Path, tmp_path: Path) -> None:

    file = tmp_path / "composed.mp4"
    written = write_video(compose_footage(clip, (BAG,), duration=timedelta(seconds=2)), file)
    source = FileSource("again", file, start_at=lambda: START_AT, detect_fps=5)
    frames = [event for event in source.events(threading.Event()) if isinstance(event, Frame)]

    assert written == len(frames) == 10
    assert frames[-1].picture.size == (768, 576)
