from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.errors import InvalidImportFileError
from api.imports.importer import import_file
from tests.api.alerts import NOON
from tests.api.databases import rows

HEADER = "node,camera,lon,lat,overlaps\n"
NODE = "demo/market/box-1"
PAIRS = "SELECT camera, other_camera FROM camera_overlap ORDER BY camera, other_camera"


async def import_cameras(engine: AsyncEngine, folder: Path, content: str) -> None:
    file = folder / "cameras.csv"
    file.write_text(content)
    async with engine.begin() as connection:
        await import_file(connection, file, now=NOON)


async def test_an_overlap_is_stored_once_whichever_camera_names_it(
    database: AsyncEngine, tmp_path: Path
) -> None:
    table = f"{HEADER}{NODE},b,,,{NODE}/a {NODE}/c\n{NODE},a,,,{NODE}/b\n{NODE},c,,,\n"

    await import_cameras(database, tmp_path, table)
    await import_cameras(database, tmp_path, table)

    assert await rows(database, PAIRS) == [("a", "b"), ("b", "c")]


async def test_a_file_without_the_column_leaves_the_overlaps(
    database: AsyncEngine, tmp_path: Path
) -> None:
    await import_cameras(database, tmp_path, f"{HEADER}{NODE},a,,,{NODE}/b\n")

    await import_cameras(database, tmp_path, f"node,camera,lon,lat\n{NODE},a,,\n")
    assert await rows(database, PAIRS) == [("a", "b")]

    await import_cameras(database, tmp_path, f"{HEADER}{NODE},a,,,\n")
    assert await rows(database, PAIRS) == []


async def test_an_overlap_that_names_no_camera_is_refused(
    database: AsyncEngine, tmp_path: Path
) -> None:
    with pytest.raises(InvalidImportFileError, match="separated by spaces"):
        await import_cameras(database, tmp_path, f"{HEADER}{NODE},a,,,north-gate\n")
