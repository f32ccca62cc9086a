"""Keyset pagination: a cursor names the last row of a page and is opaque to the client."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from api.errors import UnprocessableError

Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the previous page")]
Limit = Annotated[int, Query(ge=1, le=200)]
PagePosition = tuple[datetime, UUID]
"""Time and id of a row; pages are ordered by both, newest first."""


def encode_cursor(at: datetime, row_id: UUID) -> str:
    """Return the cursor of a page that ends with this row."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{row_id}".encode()).decode()


def decode_cursor(cursor: str | None) -> PagePosition | None:
    """Return the position of a cursor; ``None`` starts at the first page.

    Raises:
        UnprocessableError: The cursor is malformed.
    """
    if cursor is None:
        return None
    try:
        at_text, _, id_text = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        at, row_id = datetime.fromisoformat(at_text), UUID(id_text)
    except (ValueError, binascii.Error):
        raise UnprocessableError("bad_cursor", "malformed cursor") from None
    if at.tzinfo is None:
        raise UnprocessableError("bad_cursor", "malformed cursor")
    return at, row_id


def next_cursor(positions: Sequence[PagePosition], limit: int) -> str | None:
    """Return the cursor of the next page, or ``None`` if this page is not full."""
    return encode_cursor(*positions[-1]) if len(positions) == limit else None
