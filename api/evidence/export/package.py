"""Collect the evidence of an incident into one signed archive."""

import asyncio
import tempfile
import zipfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import IO
from uuid import UUID

from api.accounts.dependencies import RequestContext
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import PayloadTooLargeError
from api.evidence import store as evidence_store
from api.evidence.blobs import EvidenceStore
from api.evidence.export.archive import ExportedFile, describe_file, sign_archive
from api.evidence.export.watermark import add_watermark, can_be_marked
from api.evidence.permissions import Purpose
from api.incidents.detail import present_detail
from api.incidents.schemas import IncidentDetail
from api.notify.secret_store import get_keys

MAX_BYTES = 512 * 1024 * 1024
CHUNK_BYTES = 1 << 20
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "video/mp4": "mp4"}


@dataclass(frozen=True, slots=True)
class Item:
    """Evidence of an incident that may be exported.

    Args:
        redacted: Whether heads are hidden; ``False`` for photos of workers.
    """

    sha256: str
    media_type: str
    bytes: int
    redacted: bool


async def export_incident(
    context: RequestContext,
    blobs: EvidenceStore,
    incident: UUID,
    *,
    purpose: Purpose,
    with_unredacted: bool,
) -> IO[bytes]:
    """Return a temporary file with the archive of an incident; the export is recorded.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        PayloadTooLargeError: Its evidence exceeds ``MAX_BYTES``.
    """
    detail = await present_detail(context, incident)
    items = [item async for item in _items(context, detail)]
    chosen = [item for item in items if item.redacted or with_unredacted]
    if sum(item.bytes for item in chosen) > MAX_BYTES:
        raise PayloadTooLargeError("too_large", f"the evidence has more than {MAX_BYTES} bytes")
    facts = {
        "incident": str(incident),
        "exported_by": context.account.name,
        "exported_at": context.now.isoformat(),
        "purpose": purpose.value,
        "left_out": [item.sha256 for item in items if item not in chosen],
    }
    words = (
        f"{context.account.name} {context.now:%Y-%m-%d %H:%M} UTC {purpose} {str(incident)[:13]}"
    )
    key = (await get_keys(context.connection)).export_key()
    with ExitStack() as stack:
        output = stack.enter_context(tempfile.TemporaryFile())
        with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as archive:
            files = [_add(archive, "incident.json", detail.model_dump_json(indent=1).encode())]
            for item in chosen:
                content = await blobs.get(item.sha256)
                files.append(await asyncio.to_thread(_add_evidence, archive, item, content, words))
            sign_archive(archive, facts, files, key)
        stack.pop_all()  # the caller closes it
    entry = AuditEntry(
        at=context.now,
        actor=context.account.name,
        action="export",
        incident=incident,
        reason=purpose,
        detail={"files": [file.original_sha256 for file in files[1:]]},
    )
    await audit_store.record(context.connection, entry)
    output.seek(0)
    return output


async def _items(context: RequestContext, detail: IncidentDetail) -> AsyncIterator[Item]:
    redacted = {
        evidence.sha256: evidence.redacted for alert in detail.alerts for evidence in alert.evidence
    }
    photos = [sha256 for order in detail.orders for sha256 in order.photos]
    photos += [sha256 for record in detail.field_records for sha256 in record.photos]
    for sha256 in dict.fromkeys([*redacted, *photos]):
        record = await evidence_store.get_evidence(context.connection, sha256)
        if record is not None:
            yield Item(sha256, record.media_type, record.bytes, redacted.get(sha256, False))


def _words(context: RequestContext, incident: UUID, purpose: Purpose) -> str:
    """Return the watermark: who, when, what for, which incident; in ASCII."""
    account = context.account
    name = account.name if account.name.isascii() else f"account {account.id}"
    return f"{name}  {context.now:%Y-%m-%d %H:%M} UTC  {purpose}  {str(incident)[:13]}"


def _add_evidence(archive: zipfile.ZipFile, item: Item, content: bytes, words: str) -> ExportedFile:
    watermarked = can_be_marked(item.media_type)
    if watermarked:
        try:
            content = add_watermark(content, item.media_type, words)
        except ValueError:
            watermarked = False
    name = f"evidence/{item.sha256[:16]}.{EXTENSIONS[item.media_type]}"
    return replace(
        _add(archive, name, content),
        original_sha256=item.sha256,
        media_type=item.media_type,
        redacted=item.redacted,
        watermarked=watermarked,
    )


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> ExportedFile:
    archive.writestr(name, content)
    return describe_file(name, content)
