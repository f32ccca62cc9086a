"""Take one member, or a part of it, out of what was fetched."""

import gzip
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import IO

from models.errors import SourceError


def extract_from_tar(
    archive: Path, member: str, to: Path, *, byte_range: tuple[int, int] | None
) -> None:
    """Copy ``member`` of a tar, or its bytes ``part[0]`` up to ``part[1]``, to ``to``.

    Raises:
        SourceError: The archive is broken, or has no such member.
    """
    try:
        with tarfile.open(archive) as tar, _opened(tar, member, archive) as found:
            _copy(found, to, byte_range)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise SourceError(archive.name, f"cannot be unpacked: {error}") from error


def extract_from_zip(
    archive: Path, member: str, to: Path, *, byte_range: tuple[int, int] | None
) -> None:
    """Copy ``member`` of a zip (a wheel is one), or a part of it, to ``to``.

    Raises:
        SourceError: The archive is broken, or has no such member.
    """
    try:
        with zipfile.ZipFile(archive) as packed, packed.open(member) as found:
            _copy(found, to, byte_range)
    except KeyError:
        raise SourceError(archive.name, f"has no {member}") from None
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise SourceError(archive.name, f"cannot be unpacked: {error}") from error


def extract_from_deb(archive: Path, member: str, to: Path) -> None:
    """Copy ``member`` of a Debian package to ``to``, also where it is packed with gzip.

    Raises:
        SourceError: The package is broken, or has no such member.
    """
    command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    try:
        with subprocess.Popen(command, stdout=PIPE, stderr=DEVNULL) as unpacking:
            with tarfile.open(fileobj=unpacking.stdout, mode="r|") as tar:
                found = _first(tar, member, to)
            unpacking.kill()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise SourceError(archive.name, f"cannot be unpacked: {error}") from error
    if not found:
        raise SourceError(archive.name, f"has no {member}")


def _first(tar: tarfile.TarFile, member: str, to: Path) -> bool:
    for entry in tar:
        path = entry.name.removeprefix("./")
        file = tar.extractfile(entry) if path.removesuffix(".gz") == member else None
        if file is None:
            continue
        plain = gzip.GzipFile(fileobj=file) if path.endswith(".gz") else file
        with to.open("wb") as target:
            shutil.copyfileobj(plain, target)
        return True
    return False


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
