"""Power cuts while alerts are committed: none lost, none doubled, none delivered again."""

import json
import os
from pathlib import Path

import pytest

from tests.faults.programs import run_program

CUTS = int(os.environ.get("GRIDWATCH_POWER_CUTS", "20"))
"""Number of power cuts; set it to 200 for a long run."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_power_cuts_during_commits_lose_no_alert(tmp_path: Path) -> None:
    command = ["-m", "tests.faults.power_cut_node", str(tmp_path / "node"), str(CUTS)]
    with run_program(command, tmp_path / "log") as node:
        ended = node.wait(590)

    assert ended == 0, node.output
    summary = json.loads(node.output.splitlines()[-1])
    assert (summary["cuts"], summary["errors"]) == (CUTS, [])
    assert summary["written"] >= CUTS
