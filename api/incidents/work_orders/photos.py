"""Check that the photos of a field report were taken for its order. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.errors import UnprocessableError

CLOCK_TOLERANCE = timedelta(minutes=5)
"""The clock of the centre may have been set back since the dispatch: no photo is refused for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPhoto:
    """A photo that has been uploaded.

    Args:
        account: Id of the account that uploaded it; ``None`` for a picture of a node.
        is_used_elsewhere: It is part of the report of another order.
    """

    account: int | None
    stored_at: datetime
    is_used_elsewhere: bool


def check_photos(
    names: Iterable[str], stored: Mapping[str, StoredPhoto], *, account: int, since: datetime
) -> None:
    """Check that an account uploaded each photo after the dispatch of the order, for no other one.

    Args:
        names: SHA-256 of the photos of the report.
        stored: Those that are stored.
        since: When the order was dispatched.

    Raises:
        UnprocessableError: ``photo_missing``, ``photo_reused``, ``photo_not_yours`` or
            ``photo_too_old``, with the photo.
    """
    for name in names:
        photo = stored.get(name)
        if photo is None:
            raise UnprocessableError("photo_missing", f"upload first: {name}")
        if photo.is_used_elsewhere:
            raise UnprocessableError("photo_reused", f"in the report of another order: {name}")
        if photo.account != account:
            raise UnprocessableError("photo_not_yours", f"uploaded by somebody else: {name}")
        if photo.stored_at < since - CLOCK_TOLERANCE:
            raise UnprocessableError("photo_too_old", f"uploaded before the dispatch: {name}")
