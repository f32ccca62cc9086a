"""Convert fetched files to ONNX; the result lies in the cache with a record of its checksums."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import msgspec

from models.catalogue.catalogue import ModelCard
from models.catalogue.fetch import Artefact, sha256_of
from models.errors import ConversionError

CONVERT_TIMEOUT_S = 300
REQUIRED_PACKAGES = {"tflite": ("tflite2onnx", "onnx")}


class ConversionRecord(msgspec.Struct, frozen=True):
    """Stored beside a converted model: checksums of the source and of the result."""

    source_sha256: str
    sha256: str


def is_converted(target: Path, artefact: Artefact) -> bool:
    """Return whether ``target`` exists, is undamaged, and was made from the artefact."""
    try:
        record = msgspec.json.decode(_record_path(target).read_bytes(), type=ConversionRecord)
        return record == ConversionRecord(artefact.sha256, sha256_of(target))
    except (OSError, msgspec.MsgspecError):
        return False


def convert(name: str, fetched: Path, card: ModelCard, target: Path) -> None:
    """Convert ``fetched`` to ``target`` in a separate process; writes all or nothing.

    Raises:
        ConversionError: The extra ``convert`` is not installed, the converter fails, or the
            folder of ``target`` cannot be written.
    """
    source_format = card.converts_from or "onnx"
    required = REQUIRED_PACKAGES[source_format]
    if missing := [package for package in required if find_spec(package) is None]:
        reason = f"{', '.join(missing)} is not installed; install gridwatch[convert]"
        raise ConversionError(name, reason)
    converter = f"models.export.from_{source_format}"
    command = [sys.executable, "-m", converter, str(fetched)]
    try:
        write_converted(target, card.sha256, lambda fresh: _run(name, [*command, str(fresh)]))
    except OSError as error:
        raise ConversionError(name, f"{target.parent} cannot be written: {error}") from error


def write_converted(target: Path, source_sha256: str, write: Callable[[Path], object]) -> None:
    """Write a converted model and its record; writes all or nothing.

    Args:
        target: Where the model goes.
        source_sha256: Checksum of the file it is made from.
        write: Called with a temporary path to write the model to.

    Raises:
        OSError: The folder of ``target`` cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".convert-") as folder:
        fresh = Path(folder) / target.name
        write(fresh)
        record = ConversionRecord(source_sha256, sha256_of(fresh))
        os.replace(fresh, target)  # noqa: PTH105 - atomic on every system
    _record_path(target).write_bytes(msgspec.json.encode(record))


def _run(name: str, command: list[str]) -> None:
    try:
        done = subprocess.run(  # noqa: PLW1510 - the return code is checked below
            command,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=CONVERT_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise ConversionError(name, f"it took longer than {CONVERT_TIMEOUT_S} s") from None
    if done.returncode != 0:
        raise ConversionError(name, (done.stderr.strip().splitlines() or ["no reason given"])[-1])


def _record_path(target: Path) -> Path:
    return target.with_name(f"{target.name}.json")
