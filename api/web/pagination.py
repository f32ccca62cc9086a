"""Cursors: where the next page begins. Opaque to the reader."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from api.errors import UnprocessableError

Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]
PagePosition = tuple[datetime, UUID]


def encode_cursor(at: datetime, named: UUID) -> str:
    """Name the last row of a page."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{named}".encode()).decode()


def decode_cursor(cursor: str | None) -> PagePosition | None:
    """Read a cursor back; ``None`` is the beginning.

    Raises:
        ImpossibleError: It is none of ours.
    """
    if cursor is None:
        return None
    try:
        at, _, named = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        when, uuid = datetime.fromisoformat(at), UUID(named)
    except (ValueError, binascii.Error):
        raise UnprocessableError("bad_cursor", "it is none of ours") from None
    if when.tzinfo is None:
        raise UnprocessableError("bad_cursor", "it is none of ours")
    return when, uuid


def next_cursor(rows: Sequence[PagePosition], limit: int) -> str | None:
    """Tell where the next page begins: nowhere when this one is not full."""
    return encode_cursor(*rows[-1]) if len(rows) == limit else None
