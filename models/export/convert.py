"""What was fetched, made into ONNX where it is not; kept in the cache beside its checksums."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import msgspec

from models.catalogue.artefact import Artefact
from models.catalogue.catalogue import ModelCard
from models.catalogue.fetch import sha256_of
from models.errors import ConversionError

CONVERT_TIMEOUT_S = 300
REQUIRED_PACKAGES = {"tflite": ("tflite2onnx", "onnx")}


class ConversionRecord(msgspec.Struct, frozen=True):
    """Written beside a converted model: what it was made from, and what came out."""

    source_sha256: str
    sha256: str


def is_converted(target: Path, artefact: Artefact) -> bool:
    """Tell whether ``target`` is there, whole, and made from the file the card names."""
    try:
        origin = msgspec.json.decode(_beside(target).read_bytes(), type=ConversionRecord)
        return origin == ConversionRecord(artefact.sha256, sha256_of(target))
    except (OSError, msgspec.MsgspecError):
        return False


def convert(name: str, fetched: Path, card: ModelCard, target: Path) -> None:
    """Make ``target`` out of ``fetched``, in a process of its own; it lands whole or not at all.

    Raises:
        ConversionError: The extra ``convert`` is not installed, the converter failed, or its
            folder cannot be written.
    """
    kind = card.converts_from or "onnx"
    if missing := [package for package in REQUIRED_PACKAGES[kind] if find_spec(package) is None]:
        mend = "install gridwatch[convert]"
        raise ConversionError(name, f"{', '.join(missing)} is not installed; {mend}")
    converter = f"models.export.from_{kind}"
    try:
        write_converted(
            target,
            card.sha256,
            lambda fresh: _run(name, [sys.executable, "-m", converter, str(fetched), str(fresh)]),
        )
    except OSError as error:
        raise ConversionError(name, f"{target.parent} cannot be written: {error}") from error


def write_converted(target: Path, source_sha256: str, write: Callable[[Path], object]) -> None:
    """Have ``write`` write a file that then lands at ``target``, whole or not at all.

    Raises:
        OSError: Its folder cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".convert-") as folder:
        fresh = Path(folder) / target.name
        write(fresh)
        origin = ConversionRecord(source_sha256, sha256_of(fresh))
        os.replace(fresh, target)  # noqa: PTH105 - replaces in one step on every system
    _beside(target).write_bytes(msgspec.json.encode(origin))


def _run(name: str, command: list[str]) -> None:
    try:
        done = subprocess.run(  # noqa: PLW1510 - the return code is looked at below
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


def _beside(made: Path) -> Path:
    return made.with_name(f"{made.name}.json")
