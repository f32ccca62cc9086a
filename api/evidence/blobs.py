"""Pictures and clips, named by their content, in a folder or a bucket."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore

from api.errors import PayloadTooLargeError, UnprocessableError

MAX_BYTES = 32 * 1024 * 1024
MEDIA_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "video/mp4"})
"""What may be stored; nothing here runs in a browser."""


class EvidenceStore:
    """Where the bytes lie. Equal content is stored once; nothing is ever overwritten."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def in_folder(cls, folder: Path) -> "EvidenceStore":
        """Keep it in a local folder, which is made when missing."""
        return cls(LocalStore(folder, mkdir=True))

    async def put(self, sha256: str, body: bytes) -> None:
        """Store the bytes; a crash leaves all of them or nothing."""
        await obstore.put_async(self._store, _path(sha256), body)

    async def get(self, sha256: str, *, span: tuple[int, int] | None = None) -> bytes:
        """Read them back.

        Args:
            span: From which byte to before which; all of them by default.

        Raises:
            FileNotFoundError: They are not here.
        """
        if span is not None:
            start, end = span
            part = await obstore.get_range_async(self._store, _path(sha256), start=start, end=end)
            return bytes(part)
        found = await obstore.get_async(self._store, _path(sha256))
        return bytes(await found.bytes_async())


def _path(sha256: str) -> str:
    """Spread over 256 folders, so that none grows beyond what tools can list."""
    return f"{sha256[:2]}/{sha256}"


async def read_verified_body(
    stream: AsyncIterator[bytes], *, sha256: str, limit: int = MAX_BYTES
) -> bytes:
    """Read a body to its end, and hold it to its name.

    Raises:
        TooLargeError: It is over ``limit``; the rest is left unread.
        ImpossibleError: Its SHA-256 is another one.
    """
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > limit:
            raise PayloadTooLargeError("too_large", f"more than {limit} bytes")
    if hashlib.sha256(body).hexdigest() != sha256:
        raise UnprocessableError("wrong_sha256", "the body has another SHA-256 than its address")
    return bytes(body)
