"""Merge a configuration of the centre into that of ``edge.toml`` and check the result.

The centre may set what is watched for and how. Broker, keys, folders, pixelation and paths on the
node's disk can only be set in the file.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from edge.config.loader import ResolvedConfig, resolve_config
from edge.config.renamed_keys import rename_old_keys
from edge.config.settings import CameraSettings, EdgeSettings, ModelSettings
from edge.config.validation_messages import did_you_mean
from edge.errors import ConfigRefusedError, SettingsError
from edge.sources.camera_address import redact_credentials
from pipeline.wire import (
    CameraNames,
    ConfigRejection,
    DesiredConfig,
    NodeNames,
    Reason,
    ReasonCode,
)
from scenarios.errors import ScenarioError

REMOTE_MODEL_KEYS = frozenset({"name", "detect_fps", "gate", "regions"})
REMOTE_CAMERA_KEYS = frozenset(
    {
        "name",
        "title",
        "address",
        "enabled",
        "source",
        "transport",
        "decode",
        "stall_after",
        "location",
        "mark",
        "zone",
        "scenario",
    }
)
"""Keys of a camera that the centre may set; ``source``, so that it can add a camera."""
REMOTE_SOURCE_SCHEMES = ("rtsp://", "rtsps://")
"""Sources that the centre may set; paths on the node's disk are excluded."""

Tables = Mapping[str, Any]


def merge_config(base: ResolvedConfig, desired: DesiredConfig) -> ResolvedConfig:
    """Resolve the tables of ``desired``, merged over those of ``edge.toml``.

    Raises:
        ConfigRefusedError: A key is unknown, invalid, or not to be set by the centre.
    """
    decoded = msgspec.json.decode(desired.config)
    if not isinstance(decoded, dict):
        raise ConfigRefusedError((rejection("config", ReasonCode.NOT_A_TABLE),))
    tables = rename_old_keys(decoded)
    if forbidden := tuple(_forbidden(tables, base.raw)):
        raise ConfigRefusedError(forbidden)
    try:
        return resolve_config(_overlay(base.raw, tables), base.file)
    except SettingsError as error:
        raise ConfigRefusedError(tuple(map(_invalid_value, error.mistakes))) from None
    except ScenarioError as error:
        raise ConfigRefusedError(
            (rejection("scenarios", ReasonCode.INVALID_RULE_FILE, text=error),)
        ) from None


def reported_config(config: ResolvedConfig) -> dict[str, object]:
    """Return the tables of ``config`` that the centre may set, without credentials."""
    return {
        "model": config.settings.model.model_dump(
            mode="json", include=set(REMOTE_MODEL_KEYS), exclude_none=True
        ),
        "camera": [_camera_table(camera.settings) for camera in config.cameras],
    }


def reported_names(config: ResolvedConfig) -> NodeNames:
    """Return what people call the node, its cameras and their zones."""
    return NodeNames(
        title=config.settings.title or "",
        address=config.settings.address or "",
        cameras={camera.name: _camera_names(camera.settings) for camera in config.cameras},
    )


def changed_cameras(before: ResolvedConfig, after: ResolvedConfig) -> tuple[str, ...]:
    """Return the names of new and changed cameras, in the order of ``after``."""
    settings_before = {camera.name: _without_names(camera.settings) for camera in before.cameras}
    is_model_changed = before.settings.model != after.settings.model
    return tuple(
        camera.name
        for camera in after.cameras
        if is_model_changed or _without_names(camera.settings) != settings_before.get(camera.name)
    )


def _without_names(settings: CameraSettings) -> CameraSettings:
    """Return settings without display names, which change nothing of a running camera."""
    zones = tuple(zone.model_copy(update={"title": None}) for zone in settings.zone)
    return settings.model_copy(update={"title": None, "address": None, "zone": zones})


def _camera_names(settings: CameraSettings) -> CameraNames:
    return CameraNames(
        title=settings.title or "",
        address=settings.address or "",
        zones={zone.name: zone.title for zone in settings.zone if zone.title},
    )


def _camera_table(settings: CameraSettings) -> dict[str, object]:
    table = settings.model_dump(mode="json", include=set(REMOTE_CAMERA_KEYS), exclude_none=True)
    return table | {"source": redact_credentials(settings.source)}


def _forbidden(wanted: Tables, base: Tables) -> Iterator[ConfigRejection]:
    yield from _refused_keys(wanted, "", {"model", "camera"}, set(EdgeSettings.model_fields))
    model, cameras = wanted.get("model", {}), wanted.get("camera", [])
    if isinstance(model, dict):
        yield from _refused_keys(
            model, "model.", REMOTE_MODEL_KEYS, set(ModelSettings.model_fields)
        )
    if "camera" not in wanted:
        yield rejection("camera", ReasonCode.CAMERAS_MISSING)
    sources = _sources(base)
    for number, camera in enumerate(cameras if isinstance(cameras, list) else [], 1):
        if not isinstance(camera, dict):
            continue  # reported when the merged configuration is checked
        where = f"camera[{camera.get('name', f'#{number}')}]."
        yield from _refused_keys(
            camera, where, REMOTE_CAMERA_KEYS, set(CameraSettings.model_fields)
        )
        yield from _refused_source(camera, where, sources.get(str(camera.get("name")), ""))


def _refused_keys(
    table: Tables, where: str, allowed: "frozenset[str] | set[str]", known: "set[str]"
) -> Iterator[ConfigRejection]:
    for key in sorted(set(table) - set(allowed)):
        if key in known:
            yield rejection(f"{where}{key}", ReasonCode.KEY_ONLY_IN_FILE)
        else:
            suggestion = did_you_mean(key, sorted(allowed))
            yield rejection(f"{where}{key}", ReasonCode.UNKNOWN_KEY, suggestion=suggestion)


def _refused_source(camera: Tables, where: str, before: str) -> Iterator[ConfigRejection]:
    source = camera.get("source", before)
    if isinstance(source, str) and source not in {before, redact_credentials(before)}:
        if not source.startswith(REMOTE_SOURCE_SCHEMES):
            yield rejection(f"{where}source", ReasonCode.FILE_SOURCE_REFUSED)
        elif "***" in source:
            yield rejection(f"{where}source", ReasonCode.CREDENTIALS_MISSING)


def _overlay(base: Tables, wanted: Tables) -> dict[str, Any]:
    known = {camera["name"]: camera for camera in base["camera"]}
    model, cameras = wanted.get("model", {}), wanted["camera"]
    if isinstance(model, dict):
        model = {**base.get("model", {}), **model}
    if isinstance(cameras, list):
        cameras = [
            _overlay_camera(camera, known) if isinstance(camera, dict) else camera
            for camera in cameras
        ]
    return {**base, "model": model, "camera": cameras}


def _overlay_camera(wanted: Tables, known: Mapping[str, Tables]) -> dict[str, Any]:
    base = known.get(str(wanted.get("name")), {})
    merged = {**base, **wanted}
    if "source" in base and merged["source"] == redact_credentials(base["source"]):
        merged["source"] = base["source"]  # the centre knows it without credentials only
    return merged


def _sources(base: Tables) -> dict[str, str]:
    return {camera["name"]: camera["source"] for camera in base["camera"]}


def rejection(key: str, code: ReasonCode, **params: object) -> ConfigRejection:
    """Make the rejection of a key."""
    return ConfigRejection.of(key, Reason.of(code, **params))


def _invalid_value(mistake: str) -> ConfigRejection:
    """Split a line ``key = value: reason`` behind the key."""
    assignment, _, reason = mistake.partition(": ")
    key, _, value = assignment.partition(" = ")
    reason = redact_credentials(f"{value}: {reason}" if value else reason)
    return rejection(key, ReasonCode.INVALID_VALUE, text=reason)
