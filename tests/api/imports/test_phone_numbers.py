"""Phone numbers come with the accounts."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.errors import InvalidImportFileError
from tests.api.databases import rows
from tests.api.imports.test_importer import import_text
from tests.api.town import EAST

HEADER = "name,role,area,password,language,phone\n"
CHANNELS = """
    SELECT a.name, c.kind, c.address, c.tested_at IS NULL FROM channel c
    JOIN account a ON a.id = c.account ORDER BY 1
"""


def account(name: str, phone: str) -> str:
    return f"{name},worker,{EAST},,zh-CN,{phone}\n"


async def test_a_number_becomes_a_channel_and_only_a_new_one_has_to_be_tested_anew(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    first = HEADER + account("east-1", "+8613800000001") + account("east-2", "")
    await import_text(town_database, tmp_path, "accounts.csv", first)
    async with town_database.begin() as connection:
        await connection.execute(text("UPDATE channel SET tested_at = now()"))
    await import_text(town_database, tmp_path, "accounts.csv", HEADER + account("east-1", ""))
    await import_text(town_database, tmp_path, "accounts.csv", first)
    same = await rows(town_database, CHANNELS)
    changed = HEADER + account("east-1", "13900000001")
    await import_text(town_database, tmp_path, "accounts.csv", changed)

    assert same == [("east-1", "sms", "+8613800000001", False)]
    assert await rows(town_database, CHANNELS) == [("east-1", "sms", "13900000001", True)]


async def test_a_number_that_cannot_be_dialled_is_reported(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    content = HEADER + account("east-1", "ask the porter")
    with pytest.raises(InvalidImportFileError, match="3 to 20 digits"):
        await import_text(town_database, tmp_path, "accounts.csv", content)
