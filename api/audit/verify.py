"""Check the whole audit log against its chain and its anchors."""

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
        blocks: Number of blocks.
        findings: What is wrong, at most ``MAX_FINDINGS``; empty if nothing is.
    """

    entries: int
    blocks: int
    anchors: int
    findings: tuple[Finding, ...]


async def verify_log(connection: AsyncConnection, anchors: Sequence[Anchor]) -> Verification:
    """Check every block, every entry that a block names, and every anchor."""
    findings: list[Finding] = []
    wanted = {anchor.position: anchor.block_hash for anchor in anchors}
    before: Block | None = None
    n_entries = n_blocks = 0
    async for block in chain_store.read_blocks(connection):
        n_blocks += 1
        n_entries += len(block.seqs)
        findings += check_block(before, block)
        after = before.seqs[-1] if before else 0
        stored = await chain_store.list_entries(connection, after=after, until=block.seqs[-1])
        findings += check_entries(block, stored)
        named = set(block.seqs)
        findings += [
            Finding(kind=FindingKind.ENTRY_INSERTED, number=entry.seq)
            for entry in stored
            if entry.seq not in named
        ]
        if wanted.pop(block.position, block.block_hash) != block.block_hash:
            findings.append(Finding(kind=FindingKind.ANCHOR_DIFFERS, number=block.position))
        before = block
        if len(findings) >= MAX_FINDINGS:
            break
    else:
        findings += [
            Finding(kind=FindingKind.ANCHOR_DIFFERS, number=position) for position in sorted(wanted)
        ]
    return Verification(
        entries=n_entries,
        blocks=n_blocks,
        anchors=len(anchors),
        findings=tuple(findings[:MAX_FINDINGS]),
    )
