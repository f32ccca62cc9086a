"""Close a block of the audit log every few seconds, and write its newest hash to a file daily."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api import metrics
from api.audit import chain_store
from api.audit.chain import BLOCK_ENTRIES, Anchor, make_block
from api.audit.chain_store import LogHead
from api.database.errors import UNREACHABLE_ERRORS

INTERVAL_S = 5.0
BLOCK_PAUSE_S = 0.5
"""Between two full blocks: a log of years is chained without slowing anybody, in some hours."""
ANCHOR_EVERY = timedelta(days=1)

log = structlog.get_logger(__name__)


class AuditChainWriter:
    """Chains the entries of the audit log; of several processes one at a time does.

    An entry is chained only when no transaction can commit one with a lower number any more, so
    blocks hold the entries in the order of their numbers.

    Args:
        anchors: File on another machine or disk for one hash a day; ``None`` for none.
    """

    def __init__(
        self, engine: AsyncEngine, *, anchors: Path | None, now: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._anchors = anchors
        self._now = now
        self._heads: list[LogHead] = []
        self._settled_to = 0
        self._anchored_at: datetime | None = None

    async def run(self) -> None:
        """Chain every few seconds until cancelled; a failure is tried again."""
        while True:
            n_chained = 0
            try:
                n_chained = await self.chain_settled()
                await self.write_anchor_if_due()
            except UNREACHABLE_ERRORS as error:
                log.warning("audit_chain_failed", reason=str(error)[:500])
            except (OSError, ValueError) as error:
                log.warning("audit_anchor_failed", file=str(self._anchors), reason=str(error))
            await asyncio.sleep(BLOCK_PAUSE_S if n_chained == BLOCK_ENTRIES else INTERVAL_S)

    async def chain_settled(self) -> int:
        """Chain at most one block of what was settled at an earlier call; return its entries."""
        async with self._engine.connect() as connection:
            head = await chain_store.get_head(connection)
        settled = [seen for seen in self._heads if seen.next_transaction <= head.oldest_running]
        self._heads = [*(seen for seen in self._heads if seen not in settled), head]
        if settled:
            self._settled_to = settled[-1].seq
        n_chained = await self._add_block(until=self._settled_to)
        metrics.CHAINED_AUDIT_ENTRIES.inc(n_chained)
        return n_chained

    async def write_anchor_if_due(self) -> None:
        """Append the newest hash to the anchor file, once a day.

        Raises:
            OSError: The file cannot be read or written.
            ValueError: A line of it is no anchor.
        """
        now = self._now()
        if self._anchors is None:
            return
        if self._anchored_at is None:
            anchors = await asyncio.to_thread(read_anchors, self._anchors)
            self._anchored_at = anchors[-1].at if anchors else None
        if self._anchored_at is not None and now - self._anchored_at < ANCHOR_EVERY:
            return
        async with self._engine.connect() as connection:
            block = await chain_store.get_newest_block(connection)
        if block is None:
            return
        anchor = Anchor(at=now, position=block.position, block_hash=block.block_hash)
        await asyncio.to_thread(_append, self._anchors, anchor)
        self._anchored_at = now

    async def _add_block(self, *, until: int) -> int:
        async with self._engine.begin() as connection:
            if not await chain_store.try_lock_chain(connection):
                return 0
            newest = await chain_store.get_newest_block(connection)
            after = newest.seqs[-1] if newest else 0
            entries = await chain_store.list_entries(
                connection, after=after, until=until, limit=BLOCK_ENTRIES
            )
            if entries:
                await chain_store.insert_block(connection, make_block(newest, entries))
            return len(entries)


def read_anchors(file: Path) -> list[Anchor]:
    """Read an anchor file; a missing one has no anchors.

    Raises:
        OSError: It cannot be read.
        ValueError: A line is no anchor.
    """
    if not file.exists():
        return []
    return [Anchor.parse(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def _append(file: Path, anchor: Anchor) -> None:
    with file.open("a", encoding="utf-8") as opened:
        opened.write(anchor.line() + "\n")
