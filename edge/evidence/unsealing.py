"""Sealed originals are opened on record alone: who, when, why, and whether it succeeded."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from edge.errors import SealError
from edge.evidence.sealing import open_sealed

SEALED_SUFFIX = ".sealed"
RECORD_FILE = "unsealed.jsonl"
"""Beside the sealed files: one JSON object a line, only ever added to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsealRequest:
    """Who opens an original, when, and why."""

    who: str
    why: str
    at: datetime


def unseal(file: Path, private_key: str, request: UnsealRequest) -> bytes:
    """Open an original; what cannot be put on record is not opened, and refusals are, too.

    Raises:
        SealError: It cannot be read, opened, or put on record; says which.
    """
    try:
        sealed = file.read_bytes()
    except OSError as error:
        raise SealError(f"{file}: {error.strerror}") from None
    try:
        original = open_sealed(sealed, private_key)
    except SealError as error:
        _record(file, request, "refused")
        raise SealError(f"{file}: {error.reason}") from None
    _record(file, request, "opened", sha256(original).hexdigest())
    return original


def _record(
    file: Path, asked: UnsealRequest, outcome: Literal["opened", "refused"], content: str = ""
) -> None:
    """Write a line, and wait until it is on the disk."""
    told = asdict(asked) | {"at": asked.at.isoformat(), "file": file.name, "outcome": outcome}
    line = json.dumps(told | ({"sha256": content} if content else {}), ensure_ascii=False)
    try:
        with (file.parent / RECORD_FILE).open("a", encoding="utf-8") as record:
            record.write(line + "\n")
            record.flush()
            os.fsync(record.fileno())
    except OSError as error:
        raise SealError(
            f"{file.parent / RECORD_FILE}: {error.strerror}; nothing was opened"
        ) from None
