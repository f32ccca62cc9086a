"""Old names of settings keep working: in edge.toml, variables and configurations of the centre."""

from pathlib import Path

import pytest

from edge.config.loader import ResolvedConfig, load_config
from edge.config.renamed_keys import RENAMED_KEYS, rename_old_keys
from edge.control.config_merge import merge_config
from edge.errors import SettingsError
from pipeline.wire import DesiredConfig
from tests.edge.nodes import EDGE_TOML, write_edge_toml

LIVE = EDGE_TOML.replace(
    'source = "file:clip.avi"\nstart_at = 2026-03-01T08:00:00Z\npace = "fast"',
    'source = "rtsp://10.0.0.9/sub"\nmain = "rtsp://10.0.0.9/main"',
)
OLD = LIVE.replace("[drill]", "[exercise]").replace("gate = false", "parts = false")


def old_config(folder: Path) -> ResolvedConfig:
    return load_config(write_edge_toml(folder, OLD))


def test_old_keys_in_the_file_set_the_new_ones(tmp_path: Path) -> None:
    config = old_config(tmp_path)

    [camera] = config.cameras
    assert not config.settings.drill.enabled
    assert not config.settings.model.regions
    assert camera.main_stream is not None
    assert "exercise" not in config.raw


def test_old_variables_set_the_new_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWATCH_EDGE__EXERCISE__ENABLED", "true")
    monkeypatch.setenv("GRIDWATCH_EDGE__MODEL__PARTS", "false")

    settings = load_config(write_edge_toml(tmp_path)).settings

    assert settings.drill.enabled
    assert not settings.model.regions


def test_the_centre_may_send_old_keys(tmp_path: Path) -> None:
    base = old_config(tmp_path)
    desired = DesiredConfig.of(1, {"model": {"parts": True}, "camera": [{"name": "north-gate"}]})

    assert merge_config(base, desired).settings.model.regions


def test_an_old_key_beside_its_new_name_is_unknown(tmp_path: Path) -> None:
    both = EDGE_TOML.replace("gate = false", "regions = true\nparts = false")

    with pytest.raises(SettingsError, match=r"model\.parts: unknown key"):
        load_config(write_edge_toml(tmp_path, both))


def test_every_new_name_is_a_key() -> None:
    for path, new in RENAMED_KEYS.items():
        table: dict[str, object] = {path[-1]: 1}
        for section in reversed(path[:-1]):
            table = {section: table}

        assert new in str(rename_old_keys(table))
        assert path[-1] not in str(rename_old_keys(table)).split("'")
