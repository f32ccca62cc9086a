"""``edge.toml`` read, and everything in it looked up; all mistakes are told at once."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from edge.config.binding import BoundCamera, CameraBinder, duplicates
from edge.config.messages import error_messages
from edge.config.settings import (
    CameraSettings,
    DecodePolicy,
    DrillSettings,
    EdgeSettings,
    parse_key,
)
from edge.errors import SettingsError
from models.catalogue.catalogue import Catalogue
from models.errors import ModelError
from pipeline.wire import Node
from scenarios.catalogue import Catalogue as Scenarios
from scenarios.catalogue import load as load_scenarios


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an edge box will do.

    Args:
        file: Where it was read from.
        data_folder: The data folder.
        key: The node's secret, 32 bytes.
        raw: What the file holds, unchecked; may hold secrets.
    """

    file: Path
    settings: EdgeSettings
    node: Node
    key: SecretStr
    data_folder: Path
    catalogue: Catalogue
    cameras: tuple[BoundCamera, ...]
    raw: Mapping[str, Any] = field(repr=False)


def read_plan(file: Path) -> Plan:
    """Read ``file``; variables (``GRIDWATCH_EDGE__BROKER__HOST``) win over it.

    Raises:
        SettingsError: Names the file, each key, what is wrong, and the mend.
        RuleFileError: A rule by expression is broken.
    """
    return build_plan(_read_toml(file), file)


def build_plan(raw: Mapping[str, Any], file: Path) -> Plan:
    """Check tables as if they stood in ``file``; raises as ``read_plan``."""
    mistakes: list[str] = []
    try:
        settings: EdgeSettings | None = EdgeSettings(**raw)
    except ValidationError as error:
        settings = None
        mistakes += error_messages(error, raw)
    catalogue, labels = _load_catalogue(raw, file.parent, mistakes)
    binding = CameraBinder(
        file.parent,
        labels,
        _model_name(raw),
        _load_scenarios(raw, file.parent, catalogue),
        timezone=(settings.exercise if settings else DrillSettings()).timezone,
        mistakes=mistakes,
    )
    cameras = [binding.bind(camera) for camera in _valid_cameras(raw.get("camera"))]
    mistakes += _duplicate_cameras(raw.get("camera"))
    key = _read_key(settings or raw, file.parent, mistakes)
    mistakes += _check_broker(settings, file.parent)
    mistakes += _check_decoding(settings)
    if mistakes or settings is None or key is None or catalogue is None:
        raise SettingsError(file, tuple(mistakes))
    return Plan(
        file=file,
        settings=settings,
        node=Node.parse(settings.node),
        key=key,
        data_folder=file.parent / settings.data.expanduser(),
        catalogue=catalogue,
        cameras=tuple(camera for camera in cameras if camera is not None),
        raw=raw,
    )


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(file, (error.strerror or "cannot be read",)) from None
    except UnicodeDecodeError:
        raise SettingsError(file, ("is not UTF-8; save it as such",)) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(file, (f"is no TOML: {error}",)) from None


def _valid_cameras(cameras: object) -> Iterator[CameraSettings]:
    """Give the cameras whose own table is right: the others have been told of already."""
    for raw in cameras if isinstance(cameras, list) else []:
        try:
            yield CameraSettings.model_validate(raw)
        except ValidationError:
            continue


def _duplicate_cameras(cameras: object) -> Iterator[str]:
    listed = cameras if isinstance(cameras, list) else []
    names = (str(raw["name"]) for raw in listed if isinstance(raw, dict) and "name" in raw)
    return (f"camera[{name}]: is there twice; rename one" for name in duplicates(names))


def _load_scenarios(raw: Mapping[str, Any], folder: Path, models: Catalogue | None) -> Scenarios:
    """Read all scenarios, the site's own included.

    Raises:
        RuleFileError: One of these is broken, or watches what no model reports; names the
            file and the mend.
    """
    table = raw.get("scenarios")
    own = table.get("path") if isinstance(table, dict) else None
    folders = [folder / Path(own).expanduser()] if isinstance(own, str) else []
    return load_scenarios(folders, labels=models.vocabulary if models else None)


def _model_name(raw: Mapping[str, Any]) -> str:
    model = raw.get("model")
    name = model.get("name") if isinstance(model, dict) else None
    return name if isinstance(name, str) else ""


def _load_catalogue(
    raw: Mapping[str, Any], folder: Path, mistakes: list[str]
) -> tuple[Catalogue | None, frozenset[str] | None]:
    """Find the model's card, and what it can see; nothing is loaded yet."""
    table = raw.get("model")
    own = table.get("catalogue") if isinstance(table, dict) else None
    try:
        catalogue = Catalogue.load(folder / own if isinstance(own, str) else None)
        name = _model_name(raw)
        labels = frozenset(catalogue.labels_of(name)) - {""} if name else None
    except ModelError as error:
        mistakes.append(f"model: {error}")
        return None, None
    return catalogue, labels


def _read_key(
    given: EdgeSettings | Mapping[str, Any], folder: Path, mistakes: list[str]
) -> SecretStr | None:
    """Take the key from where it is said to be, which is one place and no other."""
    told = given.model_dump() if isinstance(given, EdgeSettings) else given
    inline, file = told.get("key"), told.get("key_file")
    if (inline is None) == (file is None):
        mistakes.append("key: give either key or key_file; `gridwatch edge new-key` makes one")
        return None
    if file is None:
        return inline if isinstance(inline, SecretStr) else None  # a wrong one has been told of
    try:
        return parse_key(SecretStr((folder / Path(file).expanduser()).read_text("utf-8")))
    except OSError as error:
        mistakes.append(f"key_file = {str(file)!r}: {error.strerror}")
    except ValueError as error:
        mistakes.append(f"key_file = {str(file)!r}: {error}")
    return None


def _check_decoding(settings: EdgeSettings | None) -> Iterator[str]:
    if settings is None or settings.model.gate:
        return
    for camera in settings.camera:
        if camera.decode is DecodePolicy.ON_DEMAND:
            yield f"camera[{camera.name}].decode: set gate = true in [model]; it says when to wake"


def _check_broker(settings: EdgeSettings | None, folder: Path) -> Iterator[str]:
    if settings is None or settings.broker.ca is None:
        return
    if not settings.broker.tls:
        yield "broker.ca: is of no use without tls = true"
    elif not (folder / settings.broker.ca).is_file():
        yield f"broker.ca = {str(settings.broker.ca)!r}: no such file"
