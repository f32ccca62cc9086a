"""A replay says when a clip can fire at the earliest, and can learn the scene before."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from gridwatch.errors import UsageError
from gridwatch.workbench.footage_composer import write_video
from gridwatch.workbench.loaded_models import LoadedModels
from gridwatch.workbench.replay.alert_summary import summarise_alerts
from gridwatch.workbench.replay.replay import ReplayTask, earliest_s, replay
from gridwatch.workbench.replay.replay_options import parse_learn_from
from models.inference.pictures import ArrayPicture
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.shapes import Box
from pipeline.testing import ScriptedDetector
from scenarios import catalogue
from scenarios.testing.image_edits import Edit, PlacedObject
from tests.pipeline.pixels.image_sequences import film

BAG = Box(0.5, 0.5, 0.06, 0.1)
NOBODY = ScriptedDetector(lambda _: Detections.empty(), frozenset({"person"}))


def write_film(file: Path, edits: Sequence[Edit], *, lasts: float) -> Path:
    pictures = (
        Frame(camera="film", at=at, picture=ArrayPicture(np.ascontiguousarray(pixels)))
        for at, pixels in film(edits, lasts=lasts)
    )
    write_video(pictures, file)
    return file


def task(video: Path, key: str = "object_left", **options: object) -> ReplayTask:
    scenario_type = catalogue.load()[key]
    return ReplayTask(scenario_type=scenario_type, video=video, **options)  # type: ignore[arg-type]


def test_a_bag_that_is_there_from_the_start_is_found_with_a_scene_learned_before(
    tmp_path: Path,
) -> None:
    empty = write_film(tmp_path / "empty.avi", [], lasts=8)
    bag = write_film(tmp_path / "bag.avi", [PlacedObject(box=BAG)], lasts=20)
    blind = task(bag, settings={"hold": 10})
    informed = task(bag, settings={"hold": 10}, learn_from=empty)

    assert replay(blind, LoadedModels(main=NOBODY)).alerts == ()
    [alert] = summarise_alerts(replay(informed, LoadedModels(main=NOBODY)).alerts)
    assert earliest_s(informed, informed.bind_scenario()) == 12.5
    assert 12.5 <= alert.opened_s <= 15


def test_the_scene_can_be_learned_from_the_first_seconds_of_the_clip(tmp_path: Path) -> None:
    bag = PlacedObject(box=BAG, after=timedelta(seconds=6))
    video = write_film(tmp_path / "bag.avi", [bag], lasts=22)
    learned = task(video, settings={"hold": 10}, learn_from=timedelta(seconds=5))

    [alert] = summarise_alerts(replay(learned, LoadedModels(main=NOBODY)).alerts)
    assert 18 <= alert.opened_s <= 21


@pytest.mark.parametrize(
    ("key", "settings", "seconds"),
    [
        ("object_left", {"hold": 10}, 15),
        ("camera_tamper", {"hold": 5}, 15),
        ("crowd_gathering", {"hold": 30}, 30),
    ],
)
def test_learning_and_hold_time_add_up(key: str, settings: dict[str, object], seconds: int) -> None:
    asked = task(Path("clip.mp4"), key, settings=settings)

    assert earliest_s(asked, asked.bind_scenario()) == seconds


@pytest.mark.parametrize("text", ["0", "-3", "1e9", "nowhere.mp4"])
def test_an_unusable_source_of_the_scene_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_learn_from(text)


def test_seconds_and_recordings_are_read_as_they_are_typed(tmp_path: Path) -> None:
    video = write_film(tmp_path / "empty.avi", [], lasts=1)

    assert parse_learn_from("12.5") == timedelta(seconds=12.5)
    assert parse_learn_from(str(video)) == video
