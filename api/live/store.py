"""The feed of live pages, in an order that skips nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.errors import FeedTruncatedError


class Cursor(NamedTuple):
    """A place in the feed: a transaction, and a row of it. A bare number would skip rows."""

    xid: int
    seq: int

    @classmethod
    def parse(cls, written: str) -> Self | None:
        """Read ``xid-seq``; anything else is no place."""
        xid, _, seq = written.partition("-")
        if not (xid.isascii() and xid.isdigit() and seq.isascii() and seq.isdigit()):
            return None
        place = cls(int(xid), int(seq))
        return place if max(place) < 2**63 else None

    def __str__(self) -> str:
        """``xid-seq``, which is the event's id."""
        return f"{self.xid}-{self.seq}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEvent:
    """Something has changed; what it is now is asked for by its own address."""

    cursor: Cursor
    at: datetime
    topic: str
    object: str
    area_code: str | None
    account: int | None

    def is_visible_to(self, me: Account) -> bool:
        """Tell whether this account is told: a person's own news, or its area's for a desk."""
        if self.account is not None:
            return self.account == me.id
        return not me.is_worker and me.covers(self.area_code)


_AFTER = text("""
    SELECT CAST(CAST(xid AS text) AS bigint) AS xid, seq, at, topic, object, area_code, account
    FROM event_log
    WHERE (xid, seq) > (CAST(CAST(:xid AS text) AS xid8), :seq)
      AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY event_log.xid, seq LIMIT :limit
""")
_HAS_GONE = text("""
    SELECT EXISTS (SELECT FROM event_log_tidied
                   WHERE (xid, seq) > (CAST(CAST(:xid AS text) AS xid8), :seq))
""")
_HEAD = text("""
    SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) - 1
""")


def resync_event(place: Cursor, who: Account, *, at: datetime) -> LiveEvent:
    """Make the word that somebody has missed some, and goes on from ``place``."""
    return LiveEvent(cursor=place, at=at, topic="anew", object="", area_code=None, account=who.id)


async def get_head(connection: AsyncConnection) -> Cursor:
    """Find the place behind all that can be read now."""
    xid: int = (await connection.execute(_HEAD)).scalar_one()
    return Cursor(xid, 2**62)


async def list_events_after(
    connection: AsyncConnection, place: Cursor, *, limit: int = 500
) -> list[LiveEvent]:
    """Read what comes behind a place, as far as no earlier row can still appear.

    Raises:
        FeedTidiedError: Some of it has been tidied away: ask for all anew, go on at ``get_head``.
    """
    behind = {"xid": str(place.xid), "seq": place.seq}
    rows = (await connection.execute(_AFTER, behind | {"limit": limit})).mappings().all()
    if await connection.scalar(_HAS_GONE, behind):  # asked last: what goes meanwhile was read
        raise FeedTruncatedError(str(place))
    plain = ("at", "topic", "object", "area_code", "account")
    return [
        LiveEvent(cursor=Cursor(row["xid"], row["seq"]), **{name: row[name] for name in plain})
        for row in rows
    ]
