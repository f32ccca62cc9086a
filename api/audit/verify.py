"""Check the whole audit log against its chain and its anchors."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit import chain_store
from api.audit.chain import Anchor, Block, Finding, FindingKind, check_block, check_entries

MAX_FINDINGS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The result.

    Args:
        entries: Number of entries that the chain names.
        deleted: Number of those that retention has deleted; their hashes are still chained.
        blocks: Number of blocks.
        findings: What is wrong, at most ``MAX_FINDINGS``; empty if nothing is.
    """

    entries: int
    deleted: int
    blocks: int
    anchors: int
    findings: tuple[Finding, ...]


async def verify_log(
    connection: AsyncConnection, anchors: Sequence[Anchor], *, pause_s: float = 0
) -> Verification:
    """Check every block, every entry that a block names, and every anchor.

    Args:
        pause_s: Seconds to wait after each block; no transaction stays open meanwhile.
    """
    findings: list[Finding] = []
    wanted = {anchor.position: anchor.block_hash for anchor in anchors}
    before: Block | None = None
    n_entries = n_deleted = n_blocks = 0
    deleted_until = await chain_store.get_deleted_until(connection)
    async for block in chain_store.read_blocks(connection):
        n_blocks += 1
        n_entries += len(block.seqs)
        findings += check_block(before, block)
        after = before.seqs[-1] if before else 0
        stored = await chain_store.list_entries(connection, after=after, until=block.seqs[-1])
        may_be_deleted = block.position <= deleted_until
        findings += check_entries(block, stored, may_be_deleted=may_be_deleted)
        named = set(block.seqs)
        if may_be_deleted:
            n_deleted += len(named) - len(named.intersection(entry.seq for entry in stored))
        findings += [
            Finding(kind=FindingKind.ENTRY_INSERTED, number=entry.seq)
            for entry in stored
            if entry.seq not in named
        ]
        if wanted.pop(block.position, block.block_hash) != block.block_hash:
            findings.append(Finding(kind=FindingKind.ANCHOR_DIFFERS, number=block.position))
        before = block
        if pause_s:
            await connection.rollback()
            await asyncio.sleep(pause_s)
        if len(findings) >= MAX_FINDINGS:
            break
    else:
        findings += [
            Finding(kind=FindingKind.ANCHOR_DIFFERS, number=position) for position in sorted(wanted)
        ]
    return Verification(
        entries=n_entries,
        deleted=n_deleted,
        blocks=n_blocks,
        anchors=len(anchors),
        findings=tuple(findings[:MAX_FINDINGS]),
    )
