"""Snapshots of the alerts of a test town."""

from sqlalchemy import text

from tests.api.alerts import ALERT_NODE, NOON
from tests.api.town import SNAPSHOT, Centre, sha256


async def upload_snapshot(centre: Centre) -> None:
    """Record that the snapshot that all alerts of the town have is stored."""
    insert = text("""
        INSERT INTO evidence (sha256, media_type, bytes, node, stored_at)
        VALUES (:sha256, 'image/jpeg', :bytes, :node, :at)
    """)
    row = {
        "sha256": sha256(SNAPSHOT),
        "bytes": len(SNAPSHOT),
        "node": str(ALERT_NODE),
        "at": NOON,
    }
    async with centre.engine.begin() as connection:
        await connection.execute(insert, row)
