"""What can be read of the machine, and what cannot."""

from pathlib import Path

from edge.health.node_health import max_temperature


def zone(folder: Path, number: int, text: str) -> None:
    where = folder / f"thermal_zone{number}"
    where.mkdir()
    (where / "temp").write_text(text, "ascii")


def test_the_hottest_part_is_told(tmp_path: Path) -> None:
    zone(tmp_path, 0, "41500\n")
    zone(tmp_path, 1, "63000\n")
    zone(tmp_path, 2, "asleep")

    assert max_temperature(tmp_path) == 63.0


def test_where_nothing_can_be_read_nothing_is_told(tmp_path: Path) -> None:
    assert max_temperature(tmp_path) is None
    assert max_temperature(tmp_path / "nowhere") is None
