"""What the centre wants, laid over ``edge.toml`` and checked as if it stood there.

From afar may be set what is watched and how. Where the box sends to, its keys and folders, what
is hidden in pictures, and paths on its disk stay with who holds the file.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import msgspec

from edge.config import plan as plans
from edge.config.plan import Plan
from edge.config.settings import CameraSettings, EdgeSettings, ModelSettings
from edge.errors import ConfigRefusedError, SettingsError
from edge.sources.camera_address import redact_credentials
from pipeline.wire import ConfigRejection, DesiredConfig
from scenarios.errors import ScenarioError

REMOTE_MODEL_KEYS = frozenset({"detect_fps", "gate", "parts"})
REMOTE_CAMERA_KEYS = frozenset(
    {
        "name",
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
"""Keys of a camera that may be set from afar. A source, so that one may be added."""
REMOTE_SOURCE_SCHEMES = ("rtsp://", "rtsps://")
"""The sources that may be set from afar: no path on the box's own disk."""

Tables = Mapping[str, Any]


def merge_config(base: Plan, desired: DesiredConfig) -> Plan:
    """Make the plan of a box whose file is ``base`` and from which ``desired`` is wanted.

    Raises:
        ConfigRefusedError: Names each key that is unknown, not to be set from afar, or wrong.
    """
    tables = msgspec.json.decode(desired.config)
    if not isinstance(tables, dict):
        raise ConfigRefusedError((ConfigRejection(key="config", reason="is no table"),))
    if forbidden := tuple(_forbidden(tables, base.raw)):
        raise ConfigRefusedError(forbidden)
    try:
        return plans.build_plan(_overlay(base.raw, tables), base.file)
    except SettingsError as error:
        raise ConfigRefusedError(tuple(map(_refusal, error.mistakes))) from None
    except ScenarioError as error:
        raise ConfigRefusedError(
            (ConfigRejection(key="scenarios", reason=str(error)[:500]),)
        ) from None


def reported_config(plan: Plan) -> dict[str, object]:
    """Give what ``plan`` does, as the centre may set it; addresses without their logins."""
    return {
        "model": plan.settings.model.model_dump(mode="json", include=set(REMOTE_MODEL_KEYS)),
        "camera": [_camera_table(camera.settings) for camera in plan.cameras],
    }


def changed_cameras(before: Plan, after: Plan) -> tuple[str, ...]:
    """Name the cameras that are new, or have to begin anew, in the order of ``after``."""
    was = {camera.name: camera for camera in before.cameras}
    is_all = before.settings.model != after.settings.model
    return tuple(
        camera.name
        for camera in after.cameras
        if is_all or camera.name not in was or camera.settings != was[camera.name].settings
    )


def _camera_table(settings: CameraSettings) -> dict[str, object]:
    told = settings.model_dump(mode="json", include=set(REMOTE_CAMERA_KEYS), exclude_none=True)
    return told | {"source": redact_credentials(settings.source)}


def _forbidden(wanted: Tables, base: Tables) -> Iterator[ConfigRejection]:
    yield from _refused_keys(wanted, "", {"model", "camera"}, set(EdgeSettings.model_fields))
    model, cameras = wanted.get("model", {}), wanted.get("camera", [])
    if isinstance(model, dict):
        yield from _refused_keys(
            model, "model.", REMOTE_MODEL_KEYS, set(ModelSettings.model_fields)
        )
    if "camera" not in wanted:
        yield ConfigRejection(key="camera", reason="is missing; name all cameras that are to run")
    sources = _sources(base)
    for number, camera in enumerate(cameras if isinstance(cameras, list) else [], 1):
        if not isinstance(camera, dict):
            continue  # told of when all is checked
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
            yield ConfigRejection(
                key=f"{where}{key}", reason="is set in edge.toml alone; leave it out"
            )
        else:
            near = get_close_matches(key, sorted(allowed), n=1)
            meant = (
                f": did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(allowed))}"
            )
            yield ConfigRejection(key=f"{where}{key}", reason=f"unknown key{meant}")


def _refused_source(camera: Tables, where: str, before: str) -> Iterator[ConfigRejection]:
    told = camera.get("source", before)
    if isinstance(told, str) and told not in {before, redact_credentials(before)}:
        if not told.startswith(REMOTE_SOURCE_SCHEMES):
            yield ConfigRejection(
                key=f"{where}source",
                reason="files are set in edge.toml alone; write rtsp://user:password@host:554/path",
            )
        elif "***" in told:
            yield ConfigRejection(
                key=f"{where}source", reason="holds *** for its login; write the login"
            )


def _overlay(base: Tables, wanted: Tables) -> dict[str, Any]:
    known = {each["name"]: each for each in base["camera"]}
    model, cameras = wanted.get("model", {}), wanted["camera"]
    if isinstance(model, dict):
        model = {**base.get("model", {}), **model}
    if isinstance(cameras, list):
        cameras = [
            _overlay_camera(each, known) if isinstance(each, dict) else each for each in cameras
        ]
    return {**base, "model": model, "camera": cameras}


def _overlay_camera(wanted: Tables, known: Mapping[str, Tables]) -> dict[str, Any]:
    base = known.get(str(wanted.get("name")), {})
    laid = {**base, **wanted}
    if "source" in base and laid["source"] == redact_credentials(base["source"]):
        laid["source"] = base["source"]  # shown to the centre without its login, and sent back
    return laid


def _sources(base: Tables) -> dict[str, str]:
    return {each["name"]: each["source"] for each in base["camera"]}


def _refusal(mistake: str) -> ConfigRejection:
    """Split ``key = value: what is wrong`` behind the key."""
    told, _, reason = mistake.partition(": ")
    key, _, value = told.partition(" = ")
    said = redact_credentials(f"{value}: {reason}" if value else reason)
    return ConfigRejection(key=key[:500], reason=said[:2000])
