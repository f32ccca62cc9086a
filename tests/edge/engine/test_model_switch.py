"""The model of a running node follows the configuration."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from edge.config.loader import ResolvedConfig, load_config
from edge.engine.model_switch import ModelSwitch
from edge.engine.shared_engine import SharedEngine
from pipeline.detection import Detections
from pipeline.errors import UnsupportedLabelsError
from pipeline.ports import Detector
from pipeline.testing import ScriptedDetector
from tests.edge.nodes import write_clip
from tests.edge.test_box import settings


def nothing(_: datetime) -> Detections:
    return Detections.empty()


PEOPLE = ScriptedDetector(nothing, frozenset({"person"}))
SHIPS = ScriptedDetector(nothing, frozenset({"boat"}))


@pytest.fixture
def config(tmp_path: Path) -> ResolvedConfig:
    return load_config(
        settings(tmp_path / "box", write_clip(tmp_path / "clip.avi", frames=2), 1, 2)
    )


def named(config: ResolvedConfig, name: str | None) -> ResolvedConfig:
    model = config.settings.model.model_copy(update={"name": name})
    return replace(config, settings=config.settings.model_copy(update={"model": model}))


def test_a_model_is_loaded_once_to_be_checked_and_used(config: ResolvedConfig) -> None:
    other = ScriptedDetector(nothing, frozenset({"person"}))
    loaded: list[str | None] = []

    def load(of: ResolvedConfig) -> Detector:
        loaded.append(of.settings.model.name)
        return other

    engine = SharedEngine(PEOPLE, clock=lambda: 0.0)
    switch = ModelSwitch(engine, config, load)
    switch.check(named(config, "other"))
    assert switch.needs_switch(named(config, "other"))
    assert engine.detector is PEOPLE
    switch.switch(named(config, "other"))
    switch.check(named(config, "other"))

    assert engine.detector is other
    assert loaded == ["other"]
    assert not switch.needs_switch(named(config, "other"))


def test_a_model_without_the_labels_of_a_scenario_is_refused(config: ResolvedConfig) -> None:
    engine = SharedEngine(PEOPLE, clock=lambda: 0.0)
    switch = ModelSwitch(engine, config, lambda _: SHIPS)

    with pytest.raises(UnsupportedLabelsError):
        switch.check(named(config, "ships"))
    assert engine.detector is PEOPLE
