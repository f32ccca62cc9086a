"""Take one member, or a part of it, out of what was fetched."""

import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import IO

from models.errors import SourceError


def from_tar(archive: Path, member: str, to: Path, *, part: tuple[int, int] | None) -> None:
    """Copy ``member`` of a tar, or its bytes ``part[0]`` up to ``part[1]``, to ``to``.

    Raises:
        SourceError: The archive is broken, or has no such member.
    """
    try:
        with tarfile.open(archive) as tar, _opened(tar, member, archive) as found:
            _copy(found, to, part)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise SourceError(archive.name, f"cannot be unpacked: {error}") from error


def from_zip(archive: Path, member: str, to: Path, *, part: tuple[int, int] | None) -> None:
    """Copy ``member`` of a zip (a wheel is one), or a part of it, to ``to``.

    Raises:
        SourceError: The archive is broken, or has no such member.
    """
    try:
        with zipfile.ZipFile(archive) as packed, packed.open(member) as found:
            _copy(found, to, part)
    except KeyError:
        raise SourceError(archive.name, f"has no {member}") from None
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise SourceError(archive.name, f"cannot be unpacked: {error}") from error


def _opened(tar: tarfile.TarFile, member: str, archive: Path) -> IO[bytes]:
    try:
        found = tar.extractfile(member)
    except KeyError:
        found = None
    if found is None:
        raise SourceError(archive.name, f"has no {member}")
    return found


def _copy(source: IO[bytes], to: Path, part: tuple[int, int] | None) -> None:
    with to.open("wb") as target:
        if part is None:
            shutil.copyfileobj(source, target)
        else:
            target.write(source.read(part[1])[part[0] :])
