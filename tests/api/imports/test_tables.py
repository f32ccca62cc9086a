"""Tables as spreadsheets write them: read as they are meant, or refused with the reason."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accounts.passwords import verify_password
from api.errors import InvalidImportFileError
from api.imports.csv_table import FileProblems, read_table
from tests.api.databases import rows, scalar
from tests.api.imports.test_importer import ROSTER_HEADER, import_text
from tests.api.town import EAST

HEADER = "name,role,area,password"
PERSON = f"x1,worker,{EAST},pw"
INVISIBLE = ("\u200b", "\u00ad", "\ufeff", "\u202e", "\x07", "\x7f")


def read(content: str | bytes) -> list[dict[str, str]]:
    """Return the rows of a table.

    Raises:
        InvalidImportFileError: It is refused.
    """
    encoded = content if isinstance(content, bytes) else content.encode()
    table = read_table(encoded, FileProblems("table.csv"))
    return [dict(row.values) for row in table.rows]


def refusal(content: str) -> str:
    with pytest.raises(InvalidImportFileError) as caught:
        read(content)
    return str(caught.value)


PLAIN = [{"name": "x1", "role": "worker", "area": EAST, "password": "pw"}]


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{PERSON}\n",
        f"{HEADER}\r\n{PERSON}\r\n",
        f"\ufeff{HEADER}\n{PERSON}\n",
        f"{HEADER},,\n{PERSON},,\n",
        f"{HEADER}\n{PERSON},,\n",
        f",{HEADER}, \n,{PERSON}\n",
        f"sep=,\n{HEADER}\n{PERSON}\n",
        f"\ufeffsep=;\r\n{HEADER};\r\n{PERSON};\r\n".replace(",", ";"),
        f"{HEADER}\n{PERSON}\n".replace(",", ";"),
        f"{HEADER}\n{PERSON}\n".replace(",", "\t"),
        f"{HEADER}\n\n,,,\n{PERSON}\n",
        f"NAME, Role ,area,password\n x1 ,worker,{EAST},pw\n",
    ],
)
def test_a_table_is_read_as_it_is_meant(content: str) -> None:
    assert read(content) == PLAIN


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"{HEADER},role\n{PERSON},admin\n", "line 1: names the column role 2 times"),
        (f"sep=,\n{HEADER},Role\n", "line 2: names the column role 2 times"),
        (f"{HEADER},,\n{PERSON},,oops\n", "line 2: has more values than the header has columns"),
        (f"{HEADER}\n{PERSON},oops\n", "line 2: has more values than the header has columns"),
        ("", "line 1: is empty"),
        ("\n", "line 1: is empty"),
        ("sep=,\n", "line 2: is empty"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_with_its_line(content: str, reason: str) -> None:
    assert reason in refusal(content)


@pytest.mark.parametrize("character", INVISIBLE, ids=lambda character: f"U+{ord(character):04X}")
@pytest.mark.parametrize("place", ["wang{}", "{}wang", "wa{}ng"])
def test_invisible_characters_are_refused_by_their_code(character: str, place: str) -> None:
    name = place.format(character)
    problem = refusal(f"{HEADER}\n{name},worker,{EAST},pw\n")

    assert f"line 2, name: contains the invisible character U+{ord(character):04X}" in problem


def test_names_are_equal_however_their_accents_are_encoded() -> None:
    [first, second] = read(f"{HEADER}\nJos\u00e9,worker,1,p\nJose\u0301,worker,1,p\n")

    assert first["name"] == second["name"] == "Jos\u00e9"


async def test_twins_by_encoding_are_one_name(town_database: AsyncEngine, tmp_path: Path) -> None:
    content = f"{HEADER}\nJos\u00e9,worker,{EAST},pw\nJose\u0301,worker,{EAST},pw\n"
    with pytest.raises(InvalidImportFileError, match="occurs twice in the file"):
        await import_text(town_database, tmp_path, "accounts.csv", content)


async def test_blanks_of_a_password_are_part_of_it(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    content = f'{HEADER}\nx1,worker,{EAST},"  secret "\n'
    await import_text(town_database, tmp_path, "accounts.csv", content)
    stored = await scalar(town_database, "SELECT password_hash FROM account WHERE name = 'x1'")

    assert verify_password("  secret ", str(stored))
    assert not verify_password("secret", str(stored))


async def test_a_password_that_no_login_takes_is_refused(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    await import_text(
        town_database, tmp_path, "accounts.csv", f"{HEADER}\nx1,worker,{EAST},{'p' * 200}\n"
    )
    with pytest.raises(InvalidImportFileError, match="has 201 characters: at most 200") as refusal:
        await import_text(
            town_database, tmp_path, "accounts.csv", f"{HEADER}\nx2,worker,{EAST},{'p' * 201}\n"
        )
    assert "ppp" not in str(refusal.value)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("0001-01-01T00:00:00+08:00", "the year 1 is out of range: 2000 to 2100"),
        ("9999-12-31T23:59:59+08:00", "the year 9999 is out of range"),
        ("2027-02-29T00:00+08:00", "there is no such day"),
        ("2027-13-01T00:00+08:00", "there is no such day"),
        ("2027-03-01T24:00+08:00", "midnight is 00:00 of the next day"),
        ("2027-03-01T10:60+08:00", "there is no such time of day"),
        ("2027-03-01T10:00", "has no offset from UTC"),
        ("2027-03-01", "write a time with its offset"),
        ("tomorrow", "write a time with its offset"),
    ],
)
async def test_a_wrong_time_is_refused_with_what_is_wrong_with_it(
    town_database: AsyncEngine, tmp_path: Path, at: str, reason: str
) -> None:
    content = f"{ROSTER_HEADER}east-1,{EAST},{at},2099-01-01T00:00+08:00\n"
    with pytest.raises(InvalidImportFileError, match="line 2, during_from") as caught:
        await import_text(town_database, tmp_path, "roster.csv", content)

    assert reason in str(caught.value)


async def test_a_corrected_shift_names_the_way_to_correct_it(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    shorter = f"{ROSTER_HEADER}east-1,{EAST},2026-11-23T08:00+00:00,2026-11-23T12:00+00:00\n"
    with pytest.raises(InvalidImportFileError, match="PATCH /v1/shifts"):
        await import_text(town_database, tmp_path, "roster.csv", shorter)


@pytest.mark.parametrize(
    ("place", "is_outside"),
    [("104.005,30.605", False), ("30.605,80.1", True), ("45.5,80.1", True), (",", False)],
)
async def test_a_camera_outside_all_areas_is_imported_with_a_warning(
    town_database: AsyncEngine, tmp_path: Path, place: str, *, is_outside: bool
) -> None:
    content = f"node,camera,lon,lat\ndemo/market/box-1,far,{place}\n"
    result = await import_text(town_database, tmp_path, "cameras.csv", content)

    assert await rows(town_database, "SELECT 1 FROM camera WHERE name = 'far'")
    assert bool(result.warnings) is is_outside
    assert not is_outside or "line 2, camera: no area contains this point" in result.warnings[0]
