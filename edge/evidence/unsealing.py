"""Open sealed originals, and record who opened which, when, why and with what outcome."""

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
"""Append-only file beside the sealed files; one JSON object per line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsealRequest:
    """Who wants to open an original, when and why; written to the record as it is."""

    who: str
    why: str
    at: datetime


def unseal(file: Path, private_key: str, request: UnsealRequest) -> bytes:
    """Open an original and record it; refused attempts are recorded as well.

    An original is not returned if the record cannot be written.

    Raises:
        SealError: The file cannot be read or opened, or the record cannot be written.
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
    file: Path, request: UnsealRequest, outcome: Literal["opened", "refused"], content: str = ""
) -> None:
    """Append a line and wait until it is on disk."""
    entry = asdict(request) | {"at": request.at.isoformat(), "file": file.name, "outcome": outcome}
    line = json.dumps(entry | ({"sha256": content} if content else {}), ensure_ascii=False)
    try:
        with (file.parent / RECORD_FILE).open("a", encoding="utf-8") as record:
            record.write(line + "\n")
            record.flush()
            os.fsync(record.fileno())
    except OSError as error:
        raise SealError(
            f"{file.parent / RECORD_FILE}: {error.strerror}; the original was not opened"
        ) from None
