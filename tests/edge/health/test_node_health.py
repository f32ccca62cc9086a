"""Temperatures that can be read, and those that cannot."""

from pathlib import Path

from edge.health.node_health import max_temperature


def write_zone(folder: Path, number: int, text: str) -> None:
    zone = folder / f"thermal_zone{number}"
    zone.mkdir()
    (zone / "temp").write_text(text, "ascii")


def test_the_highest_temperature_is_read(tmp_path: Path) -> None:
    write_zone(tmp_path, 0, "41500\n")
    write_zone(tmp_path, 1, "63000\n")
    write_zone(tmp_path, 2, "asleep")

    assert max_temperature(tmp_path) == 63.0


def test_without_a_readable_zone_there_is_no_temperature(tmp_path: Path) -> None:
    assert max_temperature(tmp_path) is None
    assert max_temperature(tmp_path / "nowhere") is None
