"""Check that the first bytes of an upload are those of its media type. Pure."""

from collections.abc import Callable, Mapping

from api.errors import UnprocessableError


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp"


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


_SIGNATURES: Mapping[str, Callable[[bytes], bool]] = {
    "image/jpeg": lambda head: head[:3] == b"\xff\xd8\xff",
    "image/png": lambda head: head[:8] == b"\x89PNG\r\n\x1a\n",
    "image/webp": _is_webp,
    "video/mp4": _is_mp4,
}
"""As in the WHATWG standard "MIME Sniffing", section 6."""
MEDIA_TYPES = frozenset(_SIGNATURES)
"""Media types that may be stored; a browser executes none of them."""


def check_content(media_type: str, body: bytes) -> None:
    """Refuse a body that is not of its media type.

    Raises:
        UnprocessableError: ``content_differs``.
    """
    if not _SIGNATURES[media_type](body[:16]):
        raise UnprocessableError("content_differs", f"the body is no {media_type}")
