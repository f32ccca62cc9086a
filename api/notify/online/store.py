"""Store who has a page open."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# The conditions on `active` and `id` leave out accounts that were deleted meanwhile.
_EXTEND = text("""
    INSERT INTO presence AS p (account, online_since, online_until)
    SELECT id, :now, :until FROM account
    WHERE id = ANY (CAST(:accounts AS bigint[])) ORDER BY id
    ON CONFLICT (account) DO UPDATE SET
        online_since = CASE WHEN p.online_until < :now THEN :now ELSE p.online_since END,
        online_until = greatest(p.online_until, :until)
""")
_END = text("""
    UPDATE presence SET online_until = :now
    WHERE account = ANY (CAST(:accounts AS bigint[])) AND online_until > :now
""")


async def extend_presence(
    connection: AsyncConnection, accounts: Collection[int], *, now: datetime, until: datetime
) -> None:
    """Store that accounts have a page open, until a time."""
    params = {"accounts": sorted(accounts), "now": now, "until": until}
    await connection.execute(_EXTEND, params)


async def end_presence(
    connection: AsyncConnection, accounts: Collection[int], *, now: datetime
) -> None:
    """Store that accounts have closed their last page here; another process extends its own."""
    await connection.execute(_END, {"accounts": sorted(accounts), "now": now})
