"""A file is imported completely or not at all, and every problem is named with its place."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.errors import InvalidImportFileError
from api.imports.importer import ImportResult, import_file
from tests.api.alerts import NOON
from tests.api.databases import rows
from tests.api.town import ACCOUNTS, EAST, GRID, ROSTER, grids, square_outline

ROSTER_HEADER = "account,area,during_from,during_to\n"
TIMES = "2026-11-25T08:00+00:00,2026-11-25T20:00+00:00"


async def import_text(
    engine: AsyncEngine, folder: Path, name: str, content: str | bytes
) -> ImportResult:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    async with engine.begin() as connection:
        return await import_file(connection, file, now=NOON)


STORED = text("""
    SELECT a::text FROM area a UNION ALL SELECT p::text FROM area_part p
    UNION ALL SELECT c::text FROM account c UNION ALL SELECT s::text FROM shift s
    UNION ALL SELECT m::text FROM camera m
""")


async def stored(engine: AsyncEngine) -> list[str]:
    """All that imports write, but for the audit log."""
    async with engine.connect() as connection:
        return sorted((await connection.execute(STORED)).scalars())


def an_area(code: str = f"{GRID}009", **properties: object) -> bytes:
    """A file of one area."""
    geometry = properties.pop(
        "geometry", {"type": "Polygon", "coordinates": square_outline(104.2, 30.6)}
    )
    known = {"code": code, "name": "New", **properties}
    feature = {"type": "Feature", "properties": known, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


async def test_importing_the_same_files_again_changes_nothing(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    before = await stored(town_database)
    await import_text(town_database, tmp_path, "grids.geojson", grids())
    await import_text(town_database, tmp_path, "accounts.csv", ACCOUNTS)
    await import_text(town_database, tmp_path, "roster.csv", ROSTER)

    assert await stored(town_database) == before


async def test_a_camera_is_assigned_to_its_micro_grid(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    table = (
        "node,camera,lon,lat,site_group\n"
        "demo/market/box-1,north-gate,104.005,30.605,market\n"
        "demo/market/box-1,cellar,,,\n"
    )
    result = await import_text(town_database, tmp_path, "cameras.csv", table)

    assert result == ImportResult("cameras", 2)
    async with town_database.connect() as connection:
        query = text("SELECT name, area_code, site_group FROM camera ORDER BY name")
        rows = [tuple(row) for row in await connection.execute(query)]
    assert rows == [("cellar", None, None), ("north-gate", EAST, "market")]


async def test_a_roster_with_roles_creates_missing_accounts(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    table = f"account,role,area,during_from,during_to\nnew-1,worker,{EAST},{TIMES}\n"
    await import_text(town_database, tmp_path, "roster.csv", table)

    async with town_database.connect() as connection:
        query = text("SELECT role, area_code, password_hash FROM account WHERE name = 'new-1'")
        assert [tuple(row) for row in await connection.execute(query)] == [("worker", EAST, "")]


REPLACES_HEADER = "account,area,during_from,during_to,source,replaces\n"
APPROVED_HEADER = "account,area,during_from,during_to,source,replaces,approved_by\n"
DAY = "2026-11-23T08:00Z,2026-11-23T20:00Z"
EVENING, NIGHT = "2026-11-23T19:00Z,2026-11-23T23:00Z", "2026-11-23T20:00Z,2026-11-23T23:00Z"
REPLACED = """
    SELECT c.name, s.source, r.name FROM shift s JOIN account c ON c.id = s.account
    LEFT JOIN shift x ON x.id = s.replaces LEFT JOIN account r ON r.id = x.account
    WHERE s.source <> 'rule' ORDER BY c.name, s.source
"""


async def test_an_override_names_the_colleague_it_replaces(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    table = (
        f"west-1,{EAST},{DAY},override,east-1,\n"
        f"head,{EAST},2026-11-23T10:00Z,2026-11-23T12:00Z,swap,west-1,\n"
        f"east-2,{EAST},{DAY},callup,,chief\n"
    )
    await import_text(town_database, tmp_path, "roster.csv", APPROVED_HEADER + table)
    once = await stored(town_database)
    await import_text(town_database, tmp_path, "roster.csv", APPROVED_HEADER + table)

    assert await rows(town_database, REPLACED) == [
        ("east-2", "callup", None),
        ("head", "swap", "west-1"),
        ("west-1", "override", "east-1"),
    ]
    assert await stored(town_database) == once


async def test_an_override_of_an_old_file_adds_until_a_file_names_the_colleague(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    old = f"account,area,during_from,during_to,source\nwest-1,{EAST},{DAY},override\n"
    await import_text(town_database, tmp_path, "old.csv", old)
    assert await rows(town_database, REPLACED) == [("west-1", "override", None)]

    new = f"{REPLACES_HEADER}west-1,{EAST},{DAY},override,east-1\n"
    await import_text(town_database, tmp_path, "new.csv", new)
    await import_text(town_database, tmp_path, "old.csv", old)

    assert await rows(town_database, REPLACED) == [("west-1", "override", "east-1")]


async def test_an_imported_call_up_has_its_approver_also_if_it_was_stored_without(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    approvers = """
        SELECT p.name FROM shift s LEFT JOIN account p ON p.id = s.approved_by
        WHERE s.source = 'callup'
    """
    table = f"{APPROVED_HEADER}west-1,{EAST},{DAY},callup,,chief\n"
    await import_text(town_database, tmp_path, "roster.csv", table)
    assert await rows(town_database, approvers) == [("chief",)]

    async with town_database.begin() as connection:
        await connection.execute(text("UPDATE shift SET approved_by = NULL"))
    await import_text(town_database, tmp_path, "roster.csv", table)

    assert await rows(town_database, approvers) == [("chief",)]


INVALID_FILES = {
    "no header": ("x.csv", "", "line 1"),
    "unknown columns": ("x.csv", "colour,shape\nred,round\n", "the columns match no known table"),
    "a column is missing": (
        "r.csv",
        "account,during_from\n",
        "also needs the columns area, during_to",
    ),
    "no UTF-8": ("r.csv", "account,班\n".encode("gbk"), "save it as"),
    "too many values": (
        "r.csv",
        f"{ROSTER_HEADER}east-1,{EAST},{TIMES},x\n",
        "line 2: has more values",
    ),
    "no such account": (
        "r.csv",
        f"{ROSTER_HEADER}nobody,{EAST},{TIMES}\n",
        "line 2, during_from: no acc",
    ),
    "no such area": ("r.csv", f"{ROSTER_HEADER}east-1,99,{TIMES}\n", "line 2, area: no area 99"),
    "no offset": (
        "r.csv",
        f"{ROSTER_HEADER}east-1,{EAST},2026-11-25T08:00,2026-11-25T20:00+08:00\n",
        "line 2, during_from: '2026-11-25T08:00': has no offset from UTC",
    ),
    "ends before it starts": (
        "r.csv",
        f"{ROSTER_HEADER}east-1,{EAST},2026-11-25T20:00Z,2026-11-25T08:00Z\n",
        "line 2, during_to: is not after",
    ),
    "overlaps in the file": (
        "r.csv",
        f"{ROSTER_HEADER}east-1,{EAST},{TIMES}\neast-1,{EAST},2026-11-25T09:00Z,2026-11-25T10:00Z\n",
        "line 3, during_from: overlaps the shift of line 2",
    ),
    "overlaps a stored one": (
        "r.csv",
        f"{ROSTER_HEADER}east-1,{EAST},2026-11-23T19:00Z,2026-11-23T23:00Z\n",
        "overlaps another shift",
    ),
    "a call-up replaces somebody": (
        "r.csv",
        f"{APPROVED_HEADER}west-1,{EAST},{DAY},callup,east-1,chief\n",
        "line 2, replaces: a callup replaces nobody",
    ),
    "a call-up that nobody has approved": (
        "r.csv",
        f"{REPLACES_HEADER}west-1,{EAST},{DAY},callup,\n",
        "line 2, approved_by: a callup is approved: name a supervisor of the area",
    ),
    "a call-up that a colleague has approved": (
        "r.csv",
        f"{APPROVED_HEADER}west-1,{EAST},{DAY},callup,,east-1\n",
        f"east-1 is no supervisor of {EAST}: name a supervisor of the area",
    ),
    "an approved regular shift": (
        "r.csv",
        f"{APPROVED_HEADER}west-1,{EAST},{DAY},rule,,chief\n",
        "line 2, approved_by: nobody approves a rule: leave it empty",
    ),
    "an override of oneself": (
        "r.csv",
        f"{REPLACES_HEADER}west-1,{EAST},{DAY},override,west-1\n",
        "line 2, replaces: is the same person",
    ),
    "an override of a shift that does not exist": (
        "r.csv",
        f"{REPLACES_HEADER}east-1,{EAST},{DAY},override,west-1\n",
        f"west-1 has no shift in {EAST} at that time",
    ),
    "an override of two shifts at once": (
        "r.csv",
        f"{REPLACES_HEADER}east-1,{EAST},{NIGHT},rule,\nwest-1,{EAST},{EVENING},swap,east-1\n",
        f"east-1 has 2 shifts in {EAST} then: write one row for each",
    ),
    "an account in an unknown area": (
        "a.csv",
        f"name,role,area,password\nx,worker,{GRID}999,y\n",
        f"line 2, area: no area {GRID}999",
    ),
    "no role": ("a.csv", f"name,role,area,password\nx,boss,{EAST},y\n", "line 2, role: 'boss'"),
    "a name twice": (
        "a.csv",
        f"name,role,area,password\nx,worker,{EAST},y\nx,worker,{EAST},y\n",
        "line 3, name: x occurs twice in the file",
    ),
    "no longitude": (
        "c.csv",
        "node,camera,lon,lat\na/b/c,gate,,30\n",
        "line 2, lon: set both lon and lat",
    ),
    "off the globe": (
        "c.csv",
        "node,camera,lon,lat\na/b/c,gate,200,30\n",
        "line 2, lon: '200': degrees",
    ),
    "no node": ("c.csv", "node,camera,lon,lat\na/b,gate,,\n", "line 2, node: 'a/b'"),
    "a camera in an unknown area": (
        "c.csv",
        f"node,camera,lon,lat,area\na/b/c,gate,,,{GRID}999\n",
        f"line 2, area: no area {GRID}999",
    ),
    "no GeoJSON": ("g.geojson", "{", "not a GeoJSON FeatureCollection"),
    "a code of odd length": ("g.geojson", an_area("12345"), "feature 1: code '12345'"),
    "level and code disagree": ("g.geojson", an_area(level="grid"), "is a micro_grid"),
    "a hole": (
        "g.geojson",
        an_area(
            geometry={
                "type": "Polygon",
                "coordinates": square_outline(104.2, 30.6) + square_outline(104.202, 30.602, 0.002),
            }
        ),
        "has a hole: split it",
    ),
    "crossing edges": (
        "g.geojson",
        an_area(
            geometry={"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
        ),
        "outline is invalid: Self-intersection",
    ),
    "a point": (
        "g.geojson",
        an_area(geometry={"type": "Point", "coordinates": [0, 0]}),
        "not a Polygon or MultiPolygon",
    ),
    "metres instead of degrees": (
        "g.geojson",
        an_area(geometry={"type": "Polygon", "coordinates": square_outline(400000, 3300000, 10)}),
        "coordinates are out of range",
    ),
    "nothing above it": (
        "g.geojson",
        an_area("9901020030040050" + "06"),
        "import 990102003004005 first",
    ),
}


@pytest.mark.parametrize("case", INVALID_FILES.values(), ids=INVALID_FILES.keys())
async def test_a_problem_is_named_and_nothing_is_imported(
    town_database: AsyncEngine, tmp_path: Path, case: tuple[str, str | bytes, str]
) -> None:
    name, content, expected = case
    before = await stored(town_database)

    with pytest.raises(InvalidImportFileError) as error:
        await import_text(town_database, tmp_path, name, content)

    assert expected in str(error.value)
    assert str(error.value).startswith(name)
    assert await stored(town_database) == before


async def test_all_problems_are_reported_at_once(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    lines = "".join(f"east-{n},{EAST},soon,later\n" for n in range(30))

    with pytest.raises(InvalidImportFileError) as error:
        await import_text(town_database, tmp_path, "r.csv", ROSTER_HEADER + lines)

    assert len(error.value.problems) == 60
    assert "and 40 more" in str(error.value)


async def test_a_missing_file_is_reported(town_database: AsyncEngine, tmp_path: Path) -> None:
    async with town_database.begin() as connection:
        with pytest.raises(InvalidImportFileError, match="cannot be read: No such file"):
            await import_file(connection, tmp_path / "none.csv", now=NOON)
