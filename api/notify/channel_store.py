"""Store the channels of people, their devices for Web Push and their quiet hours."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_columns
from api.notify.model import ChannelKind, Device, PersonalChannel, QuietHours

MAX_DEVICES = 10
"""Devices of one person; the one that registered first is forgotten first."""

_CHANNELS = text("""
    SELECT account, kind, address, is_enabled, tested_at, failed_at FROM channel
    WHERE account = ANY (CAST(:accounts AS bigint[])) AND kind <> 'app'
    ORDER BY account, position, kind
""")
_DEVICES = text("""
    SELECT account, id, device AS name, created_at, tested_at FROM push_subscription
    WHERE account = ANY (CAST(:accounts AS bigint[])) ORDER BY created_at, id
""")
# A new address has not been tested. What is left out of the list is removed, with its devices.
_SET_CHANNELS = text("""
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:kind AS text[]), CAST(:address AS text[]),
            CAST(:is_enabled AS boolean[])) WITH ORDINALITY
            AS t (kind, address, is_enabled, position)
    ), removed AS (
        DELETE FROM channel WHERE account = :account AND kind NOT IN (SELECT kind FROM wanted)
    ), removed_devices AS (
        DELETE FROM push_subscription
        WHERE account = :account AND NOT EXISTS (SELECT FROM wanted WHERE kind = 'push')
    )
    INSERT INTO channel AS c (account, kind, address, is_enabled, position)
    SELECT CAST(:account AS bigint), kind, address, is_enabled, position FROM wanted
    ON CONFLICT (account, kind) DO UPDATE SET
        address = excluded.address, is_enabled = excluded.is_enabled,
        position = excluded.position,
        tested_at = CASE WHEN c.address = excluded.address THEN c.tested_at END,
        failed_at = CASE WHEN c.address = excluded.address THEN c.failed_at END
""")
_SET_SMS_NUMBERS = text("""
    INSERT INTO channel AS c (account, kind, address, position)
    SELECT a.id, 'sms', t.number, 3
    FROM unnest(CAST(:names AS text[]), CAST(:numbers AS text[])) AS t (name, number)
    JOIN account a ON a.name = t.name
    ON CONFLICT (account, kind) DO UPDATE SET address = excluded.address, tested_at = NULL,
        failed_at = NULL
    WHERE c.address <> excluded.address
""")
_QUIET_HOURS = text("""
    SELECT starts_at, ends_at, time_zone FROM quiet_hours WHERE account = :account
""")
_DELETE_QUIET_HOURS = text("DELETE FROM quiet_hours WHERE account = :account")
_INSERT_QUIET_HOURS = text("""
    INSERT INTO quiet_hours (account, starts_at, ends_at, time_zone)
    VALUES (:account, :starts_at, :ends_at, :time_zone)
""")
# A browser keeps its endpoint when another person logs in: it then belongs to that person.
_INSERT_DEVICE = text("""
    WITH channel_of_account AS (
        INSERT INTO channel (account, kind, position) VALUES (:account, 'push', 1)
        ON CONFLICT (account, kind) DO NOTHING
    ), surplus AS (
        DELETE FROM push_subscription WHERE id IN (
            SELECT id FROM push_subscription
            WHERE account = :account AND endpoint <> :endpoint
            ORDER BY created_at DESC, id DESC OFFSET :others)
    )
    INSERT INTO push_subscription AS s (account, endpoint, p256dh, auth, device, created_at)
    VALUES (:account, :endpoint, :p256dh, :auth, :device, :now)
    ON CONFLICT (endpoint) DO UPDATE SET
        account = excluded.account, p256dh = excluded.p256dh, auth = excluded.auth,
        device = excluded.device,
        tested_at = CASE WHEN s.account = excluded.account THEN s.tested_at END
    RETURNING id
""")
_DELETE_DEVICE = text("""
    DELETE FROM push_subscription WHERE id = :id AND account = :account RETURNING id
""")


async def list_channels(
    connection: AsyncConnection, accounts: Sequence[int]
) -> dict[int, list[PersonalChannel]]:
    """Return the channels of accounts beside the app, in their order; also disabled ones."""
    params = {"accounts": list(accounts)}
    devices: dict[int, list[Device]] = defaultdict(list)
    for row in (await connection.execute(_DEVICES, params)).mappings():
        fields = {name: value for name, value in row.items() if name != "account"}
        devices[row["account"]].append(Device(**fields))
    channels: dict[int, list[PersonalChannel]] = {account: [] for account in accounts}
    for row in (await connection.execute(_CHANNELS, params)).mappings():
        own_devices = tuple(devices[row["account"]]) if row["kind"] == ChannelKind.PUSH else ()
        tested_at = max((d.tested_at for d in own_devices if d.tested_at), default=None)
        channels[row["account"]].append(
            PersonalChannel(
                kind=ChannelKind(row["kind"]),
                address=row["address"],
                is_enabled=row["is_enabled"],
                tested_at=tested_at if row["kind"] == ChannelKind.PUSH else row["tested_at"],
                failed_at=row["failed_at"],
                devices=own_devices,
            )
        )
    return channels


async def set_channels(
    connection: AsyncConnection, account: int, channels: Sequence[PersonalChannel]
) -> None:
    """Set the channels of an account beside the app, in their order; the others are removed."""
    params = as_columns(channels, ("kind", "address", "is_enabled"))
    await connection.execute(_SET_CHANNELS, {**params, "account": account})


async def set_sms_numbers(connection: AsyncConnection, numbers: Mapping[str, str]) -> None:
    """Set the phone numbers of accounts by name; a new one has not been tested."""
    params = {"names": list(numbers), "numbers": list(numbers.values())}
    await connection.execute(_SET_SMS_NUMBERS, params)


async def get_quiet_hours(connection: AsyncConnection, account: int) -> QuietHours | None:
    """Return the quiet hours of an account."""
    row = (await connection.execute(_QUIET_HOURS, {"account": account})).mappings().first()
    return QuietHours(**row) if row else None


async def set_quiet_hours(
    connection: AsyncConnection, account: int, quiet_hours: QuietHours | None
) -> None:
    """Set the quiet hours of an account; ``None`` for no such hours."""
    await connection.execute(_DELETE_QUIET_HOURS, {"account": account})
    if quiet_hours is not None:
        row = {
            "account": account,
            "starts_at": quiet_hours.starts_at,
            "ends_at": quiet_hours.ends_at,
            "time_zone": quiet_hours.time_zone,
        }
        await connection.execute(_INSERT_QUIET_HOURS, row)


async def insert_device(
    connection: AsyncConnection, account: int, subscription: dict[str, str], *, now: datetime
) -> UUID:
    """Store a device that receives Web Push, and return its id; the same endpoint is one device.

    Args:
        subscription: ``endpoint``, ``p256dh``, ``auth`` and ``device``, a name for people.
    """
    params = {**subscription, "account": account, "now": now, "others": MAX_DEVICES - 1}
    device: UUID = (await connection.execute(_INSERT_DEVICE, params)).scalar_one()
    return device


async def delete_device(connection: AsyncConnection, account: int, device: UUID) -> bool:
    """Delete a device of an account; return whether there was one."""
    params = {"id": device, "account": account}
    return (await connection.execute(_DELETE_DEVICE, params)).first() is not None
