"""An advisory fails the audit unless it is accepted; a wheel is the same each time."""

import hashlib
import importlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 12, 1)
ACCEPTED = """
[[advisory]]
id = "GHSA-1"
reason = "only the Windows build is affected"
until = 2026-12-01
[[advisory]]
id = "GHSA-2"
reason = "its time is over"
until = 2026-11-30
"""


@pytest.fixture
def supply_chain() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "deploy"))
    try:
        yield importlib.import_module("supply_chain")
    finally:
        sys.path.remove(str(ROOT / "deploy"))


@pytest.mark.parametrize(
    ("advisories", "is_good"),
    [((), True), ((("jinja2 1", "GHSA-1"),), True), ((("jinja2 1", "GHSA-2"),), False)],
    ids=["none", "accepted", "no longer accepted"],
)
def test_an_advisory_fails_unless_it_is_accepted(
    supply_chain: ModuleType,
    tmp_path: Path,
    advisories: tuple[tuple[str, str], ...],
    *,
    is_good: bool,
) -> None:
    file = tmp_path / "accepted.toml"
    file.write_text(ACCEPTED)
    accepted = supply_chain.accepted_advisories(file, TODAY)
    audit = supply_chain.Audit("central", 10, 12, advisories)

    assert supply_chain.report([audit], accepted) is is_good


def test_a_registry_without_advisories_is_named(
    supply_chain: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert supply_chain.report([supply_chain.Audit("central", 0, 12, ())], {})
    assert "central: 0 of 12 packages audited" in capsys.readouterr().out


@pytest.mark.slow
def test_two_wheels_of_one_checkout_are_equal(tmp_path: Path) -> None:
    digests = set()
    for name in ("one", "two"):
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d"]
        subprocess.run([*command, str(tmp_path / name)], cwd=ROOT, check=True, capture_output=True)
        [wheel] = (tmp_path / name).glob("*.whl")
        digests.add(hashlib.sha256(wheel.read_bytes()).hexdigest())

    assert len(digests) == 1
