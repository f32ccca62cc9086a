"""Convert fetched files to ONNX; the result lies in the cache with a record of its checksums."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from models.catalogue.catalogue import NetworkCard
from models.catalogue.fetch import Artefact, sha256_of
from models.errors import ConversionError
from models.export import from_tfjs, from_tflite

CONVERTERS = {"tfjs": from_tfjs.convert, "tflite": from_tflite.convert}
"""By ``ModelCard.converts_from``."""


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


def convert(name: str, fetched: Path, card: NetworkCard, target: Path) -> None:
    """Convert ``fetched`` to ``target``; writes all or nothing.

    Raises:
        ConversionError: The file cannot be converted, or the folder of ``target`` cannot be
            written.
    """
    converter = CONVERTERS[card.converts_from or "tflite"]
    try:
        write_converted(
            target, card.sha256, lambda fresh: converter(fetched, fresh, card.kept_outputs)
        )
    except OSError as error:
        raise ConversionError(name, f"{target.parent} cannot be written: {error}") from error
    except ValueError as error:
        raise ConversionError(name, str(error)) from error


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


def _record_path(target: Path) -> Path:
    return target.with_name(f"{target.name}.json")
