"""Read the secret of the centre from which its notification keys are derived."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.notify.keys import NotificationKeys

_READ = text("SELECT value FROM notification_secret WHERE name = 'centre'")
# gen_random_uuid() is cryptographically strong: two of them have 244 random bits.
_MAKE = text("""
    INSERT INTO notification_secret (name, value)
    VALUES ('centre', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    ON CONFLICT DO NOTHING
""")


async def get_keys(connection: AsyncConnection) -> NotificationKeys:
    """Return the keys of the centre; the first call makes its secret."""
    secret = await connection.scalar(_READ)
    if secret is None:
        await connection.execute(_MAKE)
        secret = await connection.scalar(_READ)
    return NotificationKeys(bytes(secret))
