"""Keyset pagination: a cursor names the last row of a page and is opaque to the client."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from api.errors import UnprocessableError

Cursor = Annotated[str | None, Query(max_length=300, description="`next` of the previous page")]
Limit = Annotated[int, Query(ge=1, le=200)]
PagePosition = tuple[datetime, UUID]
"""Time and id of a row; pages are ordered by both, newest first."""


def encode_cursor(at: datetime, row_id: UUID) -> str:
    """Return the cursor of a page that ends with this row."""
    return encode_parts(at.isoformat(), row_id)


def decode_cursor(cursor: str | None) -> PagePosition | None:
    """Return the position of a cursor; ``None`` starts at the first page.

    Raises:
        UnprocessableError: The cursor is malformed.
    """
    if cursor is None:
        return None
    at, row_id = decode_parts(cursor, (parse_time, UUID))
    return at, row_id


def encode_parts(*parts: object) -> str:
    """Return the cursor of a list with a sort key of its own."""
    return base64.urlsafe_b64encode("|".join(map(str, parts)).encode()).decode()


def decode_parts(cursor: str, parsers: Sequence[Callable[[str], Any]]) -> list[Any]:
    """Return the parts of a cursor, each parsed by its own function.

    Raises:
        UnprocessableError: The cursor is malformed, or belongs to a list with another sort key.
    """
    try:
        parts = base64.urlsafe_b64decode(cursor.encode()).decode().split("|")
        return [parse(part) for parse, part in zip(parsers, parts, strict=True)]
    except (ValueError, binascii.Error):
        raise UnprocessableError("bad_cursor", "malformed cursor") from None


def parse_time(written: str) -> datetime:
    """Parse a time with its offset.

    Raises:
        ValueError: It is malformed, or has no offset.
    """
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError(f"{written} has no offset from UTC")
    return at


def next_cursor(positions: Sequence[PagePosition], limit: int) -> str | None:
    """Return the cursor of the next page, or ``None`` if this page is not full."""
    return encode_cursor(*positions[-1]) if len(positions) == limit else None
