"""Read ``edge.toml`` and resolve all it names; report every mistake at once."""

import ssl
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from edge.config.camera_binding import BoundCamera, CameraBinder, duplicates
from edge.config.renamed_keys import rename_old_keys
from edge.config.settings import (
    CameraSettings,
    DecodePolicy,
    DrillSettings,
    EdgeSettings,
    parse_key,
)
from edge.config.validation_messages import error_messages
from edge.enrolment.credentials import add_credentials
from edge.errors import SettingsError
from models.catalogue.catalogue import Catalogue
from models.errors import ModelError
from pipeline.wire import Node
from scenarios.catalogue import Catalogue as Scenarios
from scenarios.catalogue import load as load_scenarios


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedConfig:
    """Everything a node needs to run, checked.

    Args:
        file: The ``edge.toml`` it was read from.
        key: The node's secret, 32 bytes in hexadecimal.
        raw: The tables of the file, unchecked; may hold secrets.
    """

    file: Path
    settings: EdgeSettings
    node: Node
    key: SecretStr
    data_folder: Path
    catalogue: Catalogue
    cameras: tuple[BoundCamera, ...]
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def centre_trust(self) -> ssl.SSLContext | bool:
        """What the HTTP clients of the centre pass as ``verify``: ``[centre] ca``, or ``True``."""
        ca = self.settings.centre.ca
        return True if ca is None else ssl.create_default_context(cafile=self.file.parent / ca)


def load_config(file: Path) -> ResolvedConfig:
    """Read ``file``; variables such as ``GRIDWATCH_EDGE__BROKER__HOST`` override it.

    Raises:
        SettingsError: The file cannot be used; holds every mistake with its key and the fix.
        RuleFileError: A rule file of the site is invalid.
    """
    try:
        raw = add_credentials(_read_toml(file), file.parent)
    except (OSError, ValueError) as error:
        raise SettingsError(file, (f"key: {error}",)) from None
    return resolve_config(raw, file)


def resolve_config(raw: Mapping[str, Any], file: Path) -> ResolvedConfig:
    """Resolve ``raw`` as if it were the content of ``file``; raises as ``load_config``."""
    raw = rename_old_keys(raw)
    mistakes: list[str] = []
    try:
        settings: EdgeSettings | None = EdgeSettings(**raw)
    except ValidationError as error:
        settings = None
        mistakes += error_messages(error, raw)
    catalogue, labels = _load_catalogue(raw, file.parent, mistakes)
    binder = CameraBinder(
        file.parent,
        labels,
        _model_name(raw),
        _load_scenarios(raw, file.parent, catalogue),
        timezone=(settings.drill if settings else DrillSettings()).timezone,
        mistakes=mistakes,
    )
    cameras = [binder.bind(camera) for camera in _valid_cameras(raw.get("camera"))]
    mistakes += _duplicate_cameras(raw.get("camera"))
    key = _read_key(settings or raw, file.parent, mistakes)
    mistakes += _check_authorities(settings, file.parent)
    mistakes += _check_decoding(settings)
    if mistakes or settings is None or key is None or catalogue is None:
        raise SettingsError(file, tuple(mistakes))
    return ResolvedConfig(
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
        return tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise SettingsError(file, (error.strerror or "cannot be read",)) from None
    except UnicodeDecodeError:
        raise SettingsError(file, ("is not UTF-8; save it in that encoding",)) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(file, (f"is not valid TOML: {error}",)) from None


def _valid_cameras(cameras: object) -> Iterator[CameraSettings]:
    """Return the cameras whose tables are valid; the mistakes of others are reported already."""
    for table in cameras if isinstance(cameras, list) else []:
        try:
            yield CameraSettings.model_validate(table)
        except ValidationError:
            continue


def _duplicate_cameras(cameras: object) -> Iterator[str]:
    tables = cameras if isinstance(cameras, list) else []
    names = (str(t["name"]) for t in tables if isinstance(t, dict) and "name" in t)
    return (f"camera[{name}]: is defined twice; rename one of them" for name in duplicates(names))


def _load_scenarios(raw: Mapping[str, Any], folder: Path, models: Catalogue | None) -> Scenarios:
    """Load all scenarios, including the site's own rule files.

    Raises:
        RuleFileError: A rule file is invalid, or watches for labels that no model reports.
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
    """Read the catalogue, and the labels of the model if one is named; no model is loaded."""
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
    settings: EdgeSettings | Mapping[str, Any], folder: Path, mistakes: list[str]
) -> SecretStr | None:
    """Read the node's key from ``key`` or ``key_file``, exactly one of which must be set."""
    table = settings.model_dump() if isinstance(settings, EdgeSettings) else settings
    inline, file = table.get("key"), table.get("key_file")
    if (inline is None) == (file is None):
        mistakes.append(
            "key: enroll the node with `gridwatch edge enroll`, or set either key or key_file"
        )
        return None
    if file is None:
        return (
            inline if isinstance(inline, SecretStr) else None
        )  # an invalid key is reported already
    try:
        return parse_key(SecretStr((folder / Path(file).expanduser()).read_text("utf-8")))
    except OSError as error:
        fix = "write the key that `gridwatch central enroll` prints into this file"
        mistakes.append(f"key_file = {str(file)!r}: {error.strerror}; {fix}")
    except ValueError as error:
        mistakes.append(f"key_file = {str(file)!r}: {error}")
    return None


def _check_decoding(settings: EdgeSettings | None) -> Iterator[str]:
    if settings is None or settings.model.gate:
        return
    for camera in settings.camera:
        if camera.decode is DecodePolicy.ON_DEMAND:
            yield (
                f"camera[{camera.name}].decode: on_demand needs the motion gate; "
                "set gate = true in [model]"
            )


def _check_authorities(settings: EdgeSettings | None, folder: Path) -> Iterator[str]:
    """Check the files of certificate authorities that connections are to trust."""
    if settings is None:
        return
    is_https = settings.centre.url.startswith("https://")
    for section, ca, is_encrypted, fix in (
        ("broker", settings.broker.ca, settings.broker.tls, "tls = true"),
        ("centre", settings.centre.ca, is_https, "an url with https://"),
    ):
        if ca is None:
            continue
        if not is_encrypted:
            yield f"{section}.ca: has no effect without {fix}; set it or remove ca"
        elif not (folder / ca).is_file():
            yield f"{section}.ca = {str(ca)!r}: no such file"
        elif not _is_authority(folder / ca):
            yield f"{section}.ca = {str(ca)!r}: holds no certificate in PEM form"


def _is_authority(file: Path) -> bool:
    try:
        ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError):
        return False
    return True
