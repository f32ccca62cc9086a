"""Extract one member, or a range of its bytes, from a fetched archive."""

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
    archive: Path, *members: str, to: Path, byte_range: tuple[int, int] | None
) -> None:
    """Copy members of a tar archive to ``to``, one after the other.

    Args:
        byte_range: First byte, and the byte after the last, of each member; ``None`` copies all.

    Raises:
        SourceError: The archive is broken or has no such member.
    """
    try:
        with tarfile.open(archive) as tar, to.open("wb") as target:
            for member in members:
                with _open_member(tar, member, archive) as file:
                    _copy(file, target, byte_range)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise SourceError(archive.name, f"cannot be unpacked: {error}") from error


def extract_from_zip(
    archive: Path, member: str, to: Path, *, byte_range: tuple[int, int] | None
) -> None:
    """Copy a member of a zip archive, for example a wheel, to ``to``.

    Args:
        byte_range: First byte, and the byte after the last; ``None`` copies the whole member.

    Raises:
        SourceError: The archive is broken or has no such member.
    """
    try:
        with (
            zipfile.ZipFile(archive) as packed,
            packed.open(member) as file,
            to.open("wb") as target,
        ):
            _copy(file, target, byte_range)
    except KeyError:
        raise SourceError(archive.name, f"has no {member}") from None
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise SourceError(archive.name, f"cannot be unpacked: {error}") from error


def extract_from_deb(archive: Path, member: str, to: Path) -> None:
    """Copy a file of a Debian package to ``to``, decompressing it if it is stored as gzip.

    Raises:
        SourceError: The package is broken or has no such file.
    """
    command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    try:
        with subprocess.Popen(command, stdout=PIPE, stderr=DEVNULL) as unpacking:
            with tarfile.open(fileobj=unpacking.stdout, mode="r|") as tar:
                is_found = _copy_first(tar, member, to)
            unpacking.kill()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise SourceError(archive.name, f"cannot be unpacked: {error}") from error
    if not is_found:
        raise SourceError(archive.name, f"has no {member}")


def _copy_first(tar: tarfile.TarFile, member: str, to: Path) -> bool:
    """Copy the first entry named ``member`` or ``member.gz``; return whether there is one."""
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


def _open_member(tar: tarfile.TarFile, member: str, archive: Path) -> IO[bytes]:
    try:
        file = tar.extractfile(member)
    except KeyError:
        file = None
    if file is None:
        raise SourceError(archive.name, f"has no {member}")
    return file


def _copy(source: IO[bytes], target: IO[bytes], byte_range: tuple[int, int] | None) -> None:
    if byte_range is None:
        shutil.copyfileobj(source, target)
    else:
        target.write(source.read(byte_range[1])[byte_range[0] :])
