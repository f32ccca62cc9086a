"""What the centre may set, what it may not, and the reasons it is given."""

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.config.loader import ResolvedConfig, load_config
from edge.control.config_merge import (
    changed_cameras,
    merge_config,
    reported_config,
    reported_names,
)
from edge.errors import ConfigRefusedError
from pipeline.wire import CameraNames, DesiredConfig
from tests.edge.nodes import EDGE_TOML, write_edge_toml

LIVE = 'source = "rtsp://admin:s3cret@10.0.0.9/main"'
YARD = f'[[camera]]\nname = "yard"\n{LIVE}\n[[camera.scenario]]\nkey = "crowd_gathering"\n'


@pytest.fixture
def base(tmp_path: Path) -> ResolvedConfig:
    return load_config(write_edge_toml(tmp_path, EDGE_TOML + YARD))


def desired(*cameras: Mapping[str, Any], **tables: object) -> DesiredConfig:
    return DesiredConfig.of(1, {"camera": cameras, **tables})


def rejections(base: ResolvedConfig, config: DesiredConfig) -> dict[str, str]:
    with pytest.raises(ConfigRefusedError) as refused:
        merge_config(base, config)
    return {refusal.key: refusal.reason for refusal in refused.value.refusals}


def test_a_key_that_is_left_out_keeps_its_value_of_the_file(base: ResolvedConfig) -> None:
    config = merge_config(base, desired({"name": "north-gate"}, {"name": "yard"}))

    assert [c.settings for c in config.cameras] == [c.settings for c in base.cameras]
    assert changed_cameras(base, config) == ()


def test_only_the_camera_that_differs_is_changed(base: ResolvedConfig) -> None:
    zone = {"name": "lawn", "points": [[0, 0], [0.5, 0], [0.5, 0.5]]}
    scenario = {"key": "crowd_gathering", "zones": ["lawn"], "people": 7, "hold": 3}
    config = merge_config(
        base,
        desired({"name": "north-gate"}, {"name": "yard", "zone": [zone], "scenario": [scenario]}),
    )

    assert changed_cameras(base, config) == ("yard",)
    [bound] = config.cameras[1].scenarios
    assert [zone.name for zone in bound.zones] == ["lawn"]
    assert config.cameras[1].settings.source == base.cameras[1].settings.source


def test_a_schedule_can_be_set_and_is_reported_as_set(base: ResolvedConfig) -> None:
    schedule = {
        "days": ["mon", "sun"],
        "hours": ["22:00-06:00"],
        "holidays": ["2026-10-01"],
        "on_holidays": "never",
    }
    scenario = {"key": "crowd_gathering", "zones": [], "schedule": schedule}
    config = merge_config(
        base, desired({"name": "north-gate"}, {"name": "yard", "scenario": [scenario]})
    )

    [bound] = config.cameras[1].scenarios
    assert str(bound.schedule) == "mon sun 22:00-06:00, 1 holidays never (Asia/Shanghai)"
    assert changed_cameras(base, config) == ("yard",)
    repeated = merge_config(config, DesiredConfig.of(2, reported_config(config)))
    assert changed_cameras(config, repeated) == ()


def test_a_new_detection_rate_changes_all_cameras(base: ResolvedConfig) -> None:
    config = merge_config(
        base, desired({"name": "north-gate"}, {"name": "yard"}, model={"detect_fps": 2})
    )

    assert changed_cameras(base, config) == ("north-gate", "yard")


def test_a_display_name_can_be_set_without_a_restart(base: ResolvedConfig) -> None:
    gate = {"name": "north-gate", "title": "北门", "address": "人民路 1 号"}
    config = merge_config(base, desired(gate, {"name": "yard"}))

    assert changed_cameras(base, config) == ()
    assert reported_names(base).cameras == {"north-gate": CameraNames(), "yard": CameraNames()}
    names = CameraNames(title="北门", address="人民路 1 号")
    assert reported_names(config).cameras["north-gate"] == names


def test_a_camera_can_be_added_and_removed(base: ResolvedConfig) -> None:
    scenario = {"key": "crowd_gathering"}
    roof = {"name": "roof", "source": "rtsp://10.0.0.8/main", "scenario": [scenario]}
    config = merge_config(base, desired(roof, {"name": "yard"}))

    assert [camera.name for camera in config.cameras] == ["roof", "yard"]
    assert changed_cameras(base, config) == ("roof",)


@pytest.mark.parametrize(
    ("tables", "key", "reason"),
    [
        ({"broker": {"host": "10.0.0.1"}}, "broker", "can only be set in edge.toml; remove it"),
        ({"key": "00"}, "key", "can only be set in edge.toml; remove it"),
        ({"data": "/tmp"}, "data", "can only be set in edge.toml; remove it"),  # noqa: S108
        ({"evidence": {}}, "evidence", "can only be set in edge.toml; remove it"),
        ({"modle": {}}, "modle", "unknown key: did you mean model?"),
        (
            {"model": {"catalogue": "x"}},
            "model.catalogue",
            "can only be set in edge.toml; remove it",
        ),
        ({"model": {"name": "x"}}, "model", "x is not in the catalogue; known: deimv2-femto"),
        ({"model": {"detect_fps": 0}}, "model.detect_fps", "0: input should be greater than 0"),
        ({"camera": []}, "camera", "[]"),
        ({"camera": "yard"}, "camera", ""),
        ({"camera": [3]}, "camera[#1]", ""),
        ({"camera": [{}]}, "camera[#1].name", "is missing"),
    ],
)
def test_a_key_that_the_centre_may_not_set_is_refused(
    base: ResolvedConfig, tables: dict[str, object], key: str, reason: str
) -> None:
    reasons = rejections(base, DesiredConfig.of(1, {"camera": [{"name": "yard"}], **tables}))

    assert key in reasons
    assert reasons[key].startswith(reason) or reason == "[]"


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"loop": True}, "camera[yard].loop", "can only be set in edge.toml; remove it"),
        ({"zoen": []}, "camera[yard].zoen", "unknown key: did you mean zone?"),
        ({"source": "file:clip.avi"}, "camera[yard].source", "only edge.toml may name files"),
        ({"source": "folder:/etc"}, "camera[yard].source", "only edge.toml may name files"),
        (
            {"source": "rtsp://***@10.0.0.7/x"},
            "camera[yard].source",
            "has *** instead of credentials",
        ),
        ({"stall_after": 0}, "camera[yard].stall_after", "0: input should be"),
        (
            {"zone": [{"name": "steps", "points": [[0, 0], [1.2, 0], [1, 1]]}]},
            "camera[yard].zone[steps].points[#2][#1]",
            "1.2: input should be",
        ),
        (
            {"scenario": [{"key": "crowd_gatherin"}]},
            "camera[yard].scenario[crowd_gatherin]",
            "",
        ),
        (
            {"scenario": [{"key": "crowd_gathering", "schedule": {"hours": ["6-8"]}}]},
            "camera[yard].scenario[crowd_gathering].schedule.hours[#1]",
            "'6-8': is no hours",
        ),
        (
            {"scenario": [{"key": "crowd_gathering", "poeple": 4}]},
            "camera[yard].scenario[crowd_gathering].poeple",
            "",
        ),
    ],
)
def test_an_invalid_camera_is_refused_with_its_key(
    base: ResolvedConfig, change: dict[str, object], key: str, reason: str
) -> None:
    reasons = rejections(base, desired({"name": "yard", **change}))

    assert list(reasons) == [key]
    assert reasons[key].startswith(reason)


def test_all_mistakes_are_reported_at_once(base: ResolvedConfig) -> None:
    reasons = rejections(
        base, desired({"name": "yard", "stall_after": 0}, model={"detect_fps": -1})
    )

    assert list(reasons) == ["model.detect_fps", "camera[yard].stall_after"]


def test_credentials_in_a_wrong_key_are_not_repeated(base: ResolvedConfig) -> None:
    reasons = rejections(
        base, desired({"name": "yard", "transport": "rtsp://admin:s3cret@10.0.0.9/x"})
    )

    assert "s3cret" not in f"{reasons}"
    assert list(reasons) == ["camera[yard].transport"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
CAMERAS = st.dictionaries(
    st.sampled_from(["name", "source", "zone", "scenario", "location", "enabled", "x"]), JSON
)
NAMED = st.builds(
    lambda name, rest: {**rest, "name": name}, st.sampled_from(["yard", "roof"]), CAMERAS
)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    tables=st.fixed_dictionaries(
        {"camera": JSON | st.lists(CAMERAS | NAMED, max_size=3)}, optional={"model": JSON}
    )
    | JSON
)
def test_any_configuration_is_applied_or_refused(base: ResolvedConfig, tables: Any) -> None:  # noqa: ANN401
    raw = msgspec.Raw(msgspec.json.encode(tables))
    config = DesiredConfig(rev=1, sha256=sha256(bytes(raw)).hexdigest(), config=raw)
    with suppress(ConfigRefusedError):
        assert merge_config(base, config).cameras


def test_the_reported_configuration_can_be_sent_back_and_has_no_credentials(
    base: ResolvedConfig,
) -> None:
    tables = reported_config(base)
    config = merge_config(base, DesiredConfig.of(1, tables))

    assert b"s3cret" not in msgspec.json.encode(tables)
    assert changed_cameras(base, config) == ()
    assert config.cameras[1].settings.source.endswith("admin:s3cret@10.0.0.9/main")
