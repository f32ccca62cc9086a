"""Store the bytes of snapshots, clips and photos under their SHA-256."""

import contextlib
import hashlib
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore

from api.errors import PayloadTooLargeError, UnprocessableError

MAX_BYTES = 32 * 1024 * 1024


class EvidenceStore:
    """Bytes by content hash, in a folder or a bucket; equal content is stored once."""

    def __init__(
        self, store: ObjectStore, *, folder: Path | None = None, keep_free: int = 0
    ) -> None:
        self._store = store
        self._folder = folder
        self._keep_free = keep_free

    @classmethod
    def in_folder(cls, folder: Path, *, keep_free: int = 0) -> "EvidenceStore":
        """Return a store in a local folder, which is created if missing.

        Args:
            keep_free: Bytes of the disk that evidence leaves to the database.
        """
        return cls(LocalStore(folder, mkdir=True), folder=folder, keep_free=keep_free)

    def has_room(self) -> bool:
        """Return whether the disk has room for evidence; a bucket always has."""
        if self._folder is None:
            return True
        return shutil.disk_usage(self._folder).free >= self._keep_free

    async def put(self, sha256: str, body: bytes) -> None:
        """Store the bytes; a crash leaves all of them or none."""
        await obstore.put_async(self._store, _path(sha256), body)

    async def get(self, sha256: str, *, span: tuple[int, int] | None = None) -> bytes:
        """Return the bytes.

        Args:
            span: First byte and the byte after the last; all bytes by default.

        Raises:
            FileNotFoundError: They are not stored.
        """
        if span is not None:
            start, end = span
            part = await obstore.get_range_async(self._store, _path(sha256), start=start, end=end)
            return bytes(part)
        result = await obstore.get_async(self._store, _path(sha256))
        return bytes(await result.bytes_async())

    async def delete(self, sha256s: Sequence[str]) -> None:
        """Delete the bytes; those that are not stored are skipped."""
        for sha256 in sha256s:
            with contextlib.suppress(FileNotFoundError):
                await obstore.delete_async(self._store, _path(sha256))


def _path(sha256: str) -> str:
    """Spread the files over 256 folders, to keep each folder small."""
    return f"{sha256[:2]}/{sha256}"


async def read_verified_body(
    stream: AsyncIterator[bytes], *, sha256: str, limit: int = MAX_BYTES
) -> bytes:
    """Read a request body and check its size and SHA-256.

    Raises:
        PayloadTooLargeError: It exceeds ``limit`` bytes; the rest is not read.
        UnprocessableError: It has another SHA-256.
    """
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > limit:
            raise PayloadTooLargeError("too_large", f"more than {limit} bytes")
    if hashlib.sha256(body).hexdigest() != sha256:
        raise UnprocessableError("wrong_sha256", "the SHA-256 of the body differs from the address")
    return bytes(body)
