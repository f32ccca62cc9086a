"""Encrypt backups for a key that the centre does not have.

Published format: age v1 (https://age-encryption.org/v1), as implemented by pyrage. Without
gridwatch, ``age --decrypt --identity KEYFILE`` opens every file of a backup.
"""

import hashlib
import os
from pathlib import Path
from typing import IO, TypeAlias

import pyrage

from api.errors import BackupError

SUFFIX = ".age"
Recipient: TypeAlias = pyrage.x25519.Recipient
Identity: TypeAlias = pyrage.x25519.Identity


def generate_key() -> tuple[str, str]:
    """Generate the recipient for the centre and the identity that opens its backups."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity.to_public()), str(identity)


def parse_recipient(text: str) -> Recipient:
    """Return the recipient of a backup.

    Raises:
        BackupError: It is not one.
    """
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise BackupError(
            "the backup key must start with age1; `gridwatch central new-backup-key` generates one"
        ) from None


def parse_identity(text: str) -> Identity:
    """Return the identity that opens a backup; comments as written by age are skipped.

    Raises:
        BackupError: There is none; the message does not contain the text.
    """
    lines = [line.strip() for line in text.splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    try:
        return pyrage.x25519.Identity.from_str(keys[0] if keys else "")
    except pyrage.IdentityError:
        raise BackupError("the key file holds no line that starts with AGE-SECRET-KEY-1") from None


def encrypt(source: IO[bytes], file: Path, recipient: Recipient) -> None:
    """Write ``source`` encrypted to ``file``; a crash leaves all of it or nothing."""
    part = file.with_name(f"{file.name}.part")
    with part.open("wb") as target:
        pyrage.encrypt_io(source, target, [recipient])
        target.flush()
        os.fsync(target.fileno())
    part.rename(file)


def decrypt(file: Path, target: IO[bytes], identity: Identity) -> None:
    """Write the content of an encrypted file to ``target``.

    Raises:
        BackupError: It was encrypted for another key, or modified.
    """
    try:
        with file.open("rb") as source:
            pyrage.decrypt_io(source, target, [identity])
    except (pyrage.DecryptError, OSError) as error:
        raise BackupError(f"{file} cannot be opened with this key: {error}") from None


def file_sha256(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
