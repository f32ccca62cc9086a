"""The keys of the centre's certificate authority as one encrypted file of a backup."""

import io
import tarfile
from pathlib import Path

from api.backup.encryption import Identity, Recipient, decrypt, encrypt
from api.errors import BackupError


def pack_folder(folder: Path, file: Path, recipient: Recipient) -> None:
    """Write a folder of small files to an encrypted archive."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for path in sorted(folder.iterdir()):
            archive.add(path, arcname=path.name)
    content.seek(0)
    encrypt(content, file, recipient)


def unpack_folder(file: Path, folder: Path, identity: Identity) -> None:
    """Write the files of an encrypted archive into a private folder.

    Raises:
        BackupError: The archive was encrypted for another key, or is damaged.
    """
    content = io.BytesIO()
    decrypt(file, content, identity)
    content.seek(0)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with tarfile.open(fileobj=content) as archive:
            archive.extractall(folder, filter="data")
    except tarfile.TarError as error:
        raise BackupError(f"{file} is damaged: {error}") from None
