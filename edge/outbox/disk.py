"""Small files that outlive the program: written whole or not at all, for our eyes alone."""

import os
from pathlib import Path


def keep(file: Path, content: bytes) -> None:
    """Write ``content``; after a power cut the file holds it, or what it held before.

    Raises:
        OSError: The disk does not take it.
    """
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(content)
    settle(part, file)


def settle(part: Path, file: Path) -> None:
    """Put a written file in its place for good.

    Raises:
        OSError: The disk does not take it.
    """
    with part.open("rb") as opened:
        os.fsync(opened.fileno())
    part.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def kept(file: Path) -> bytes | None:
    """Read what was kept; ``None`` for nothing."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
