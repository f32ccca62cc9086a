"""Parse the table of cameras."""

from dataclasses import dataclass

from api.imports.csv_table import (
    FileProblems,
    Row,
    Table,
    area_code,
    display_name,
    number_within,
    report_duplicates,
)
from pipeline.wire import Node
from pipeline.wire.address import NAME_PATTERN
from pipeline.wire.display_names import MAX_ADDRESS_LENGTH, MAX_TITLE_LENGTH

NAME_EXPECTED = "1 to 64 of a-z, 0-9 and -"
OVERLAPS_EXPECTED = "district/site/node/camera of each camera, separated by spaces"
_UNSET = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRow:
    """One camera; ``lon`` and ``lat`` are both set or both ``None``.

    Args:
        area: Stated by the file; ``None`` if it follows from the point.
        overlaps: Cameras that see the same ground, each as node and camera; ``None`` if the file
            does not say, which leaves what is stored.
        title: What people call it, before what its node says; ``None`` leaves what is stored.
        address: Where it is, likewise.
    """

    where: str
    area_where: str
    node: str
    camera: str
    lon: float | None
    lat: float | None
    site_group: str | None
    area: str | None = None
    overlaps: tuple[tuple[str, str], ...] | None = None
    title: str | None = None
    address: str | None = None


def parse_cameras(table: Table, problems: FileProblems) -> list[CameraRow]:
    """Parse every row.

    Raises:
        InvalidImportFileError: Lists every invalid value.
    """
    rows = [_parse_row(row) for row in table.rows]
    report_duplicates([(f"{row.node}/{row.camera}", row.where) for row in rows], problems)
    problems.raise_if_any()
    return rows


def _parse_row(row: Row) -> CameraRow:
    lon = row.read("lon", number_within(180), expected="degrees, -180 to 180", default=_UNSET)
    lat = row.read("lat", number_within(90), expected="degrees, -90 to 90", default=_UNSET)
    if (lon is _UNSET) != (lat is _UNSET):
        row.problems.add(row.where("lon"), "set both lon and lat, or leave both empty")
    return CameraRow(
        where=row.where("camera"),
        area_where=row.where("area"),
        node=row.read("node", _node, expected="district/site/node") or "",
        camera=row.read("camera", _name, expected=NAME_EXPECTED) or "",
        lon=None if lon is _UNSET else lon,
        lat=None if lat is _UNSET else lat,
        site_group=row.read("site_group", _name, expected=NAME_EXPECTED, default="") or None,
        area=row.read("area", area_code, expected="the code of an area", default="") or None,
        overlaps=_read_overlaps(row),
        title=_read_name(row, "title", MAX_TITLE_LENGTH),
        address=_read_name(row, "address", MAX_ADDRESS_LENGTH),
    )


def _read_name(row: Row, column: str, max_length: int) -> str | None:
    """Return a display name; empty takes back the stored one."""
    if column not in row.values:
        return None
    expected = f"one line of at most {max_length} characters, in any language"
    return row.read(column, display_name(max_length), expected=expected, default="")


def _read_overlaps(row: Row) -> tuple[tuple[str, str], ...] | None:
    if "overlaps" not in row.values:
        return None
    nobody: tuple[tuple[str, str], ...] = ()
    return row.read("overlaps", _overlaps, expected=OVERLAPS_EXPECTED, default=nobody)


def _overlaps(text: str) -> tuple[tuple[str, str], ...]:
    """Parse ``node/camera`` of each camera, separated by spaces."""
    parts = [part.rpartition("/") for part in text.split()]
    return tuple((_node(node), _name(camera)) for node, _, camera in parts)


def _name(text: str) -> str:
    if not NAME_PATTERN.fullmatch(text):
        raise ValueError
    return text


def _node(text: str) -> str:
    return str(Node.parse(text))  # its error is a ValueError
