"""Store uploaded evidence and inform the live pages that show it."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from api.errors import StorageFullError
from api.evidence import store as evidence_store
from api.evidence.blobs import EvidenceStore
from api.evidence.content_check import check_content
from api.evidence.quota import ACCOUNT_QUOTA, NODE_QUOTA, Quota, check_quota
from api.evidence.store import EvidenceRecord
from api.fleet.control import command_store
from api.fleet.store import publish_node_event
from api.live import store as live_store


async def store_upload(
    engine: AsyncEngine,
    blobs: EvidenceStore,
    record: EvidenceRecord,
    body: bytes,
    *,
    now: datetime,
) -> bool:
    """Store the bytes, then their record, so that every record has its bytes.

    What was deleted does not come back: a node that sends it again gets a receipt for it.

    Returns:
        ``False`` if they were already stored, or deleted.

    Raises:
        UnprocessableError: The bytes are not of the media type.
        TooManyAttemptsError: The uploader has stored too much in the last 24 hours.
        StorageFullError: The rest of the disk is for the database.
    """
    check_content(record.media_type, body)
    async with engine.connect() as connection:
        if await evidence_store.get_evidence(connection, record.sha256):
            return False
        if await evidence_store.was_deleted(connection, record.sha256):
            return False
        used = await evidence_store.get_usage(connection, record, since=now - timedelta(days=1))
    if not await asyncio.to_thread(blobs.has_room):
        raise StorageFullError("storage_full", "the disk of the centre is full; try again later")
    quota = NODE_QUOTA if record.node else ACCOUNT_QUOTA
    check_quota(quota, Quota(*used), size=len(body))
    await blobs.put(record.sha256, body)
    async with engine.begin() as connection:
        is_new = await evidence_store.insert_evidence(connection, record, now=now)
        incidents = await evidence_store.list_incidents_with_evidence(connection, record.sha256)
        for incident, area_code in incidents:
            await live_store.publish(connection, "incident", incident, at=now, area_code=area_code)
        if node := await command_store.find_snapshot_node(connection, record.sha256):
            await publish_node_event(connection, node, now=now)
        await live_store.notify_listeners(connection)
    return is_new
