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
from models.catalogue.catalogue import Card
from models.catalogue.fetch import sha256_of
from models.errors import ConversionError

PATIENCE_S = 300
NEEDED = {"tflite": ("tflite2onnx", "onnx")}


class Origin(msgspec.Struct, frozen=True):
    """Written beside a converted model: what it was made from, and what came out."""

    source_sha256: str
    sha256: str


def is_converted(made: Path, artefact: Artefact) -> bool:
    """Tell whether ``made`` is there, whole, and made from the file the card names."""
    try:
        origin = msgspec.json.decode(_beside(made).read_bytes(), type=Origin)
        return origin == Origin(artefact.sha256, sha256_of(made))
    except (OSError, msgspec.MsgspecError):
        return False


def convert(name: str, fetched: Path, card: Card, made: Path) -> None:
    """Make ``made`` out of ``fetched``, in a process of its own; it lands whole or not at all.

    Raises:
        ConversionError: The extra ``convert`` is not installed, the converter failed, or its
            folder cannot be written.
    """
    kind = card.converts_from or "onnx"
    if missing := [package for package in NEEDED[kind] if find_spec(package) is None]:
        mend = "install gridwatch[convert]"
        raise ConversionError(name, f"{', '.join(missing)} is not installed; {mend}")
    converter = f"models.export.from_{kind}"
    try:
        landed(
            made,
            card.sha256,
            lambda fresh: _run(name, [sys.executable, "-m", converter, str(fetched), str(fresh)]),
        )
    except OSError as error:
        raise ConversionError(name, f"{made.parent} cannot be written: {error}") from error


def landed(made: Path, source_sha256: str, write: Callable[[Path], object]) -> None:
    """Have ``write`` write a file that then lands at ``made``, whole or not at all.

    Raises:
        OSError: Its folder cannot be written.
    """
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=made.parent, prefix=".convert-") as folder:
        fresh = Path(folder) / made.name
        write(fresh)
        origin = Origin(source_sha256, sha256_of(fresh))
        os.replace(fresh, made)  # noqa: PTH105 - replaces in one step on every system
    _beside(made).write_bytes(msgspec.json.encode(origin))


def _run(name: str, command: list[str]) -> None:
    try:
        done = subprocess.run(  # noqa: PLW1510 - the return code is looked at below
            command,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        raise ConversionError(name, f"it took longer than {PATIENCE_S} s") from None
    if done.returncode != 0:
        raise ConversionError(name, (done.stderr.strip().splitlines() or ["no reason given"])[-1])


def _beside(made: Path) -> Path:
    return made.with_name(f"{made.name}.json")
