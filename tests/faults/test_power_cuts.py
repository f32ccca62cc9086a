"""Power cuts while alerts are committed: none lost, none doubled, none delivered again."""

import json
import os
from pathlib import Path

import pytest

from tests.faults.programs import running

CUTS = int(os.environ.get("GRIDWATCH_POWER_CUTS", "20"))
"""How often; a long run asks for 200."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_power_cuts_during_commits_lose_no_alert(tmp_path: Path) -> None:
    command = ["-m", "tests.faults.power_cuts", str(tmp_path / "box"), str(CUTS)]
    with running(command, tmp_path / "log") as box:
        ended = box.wait(590)

    assert ended == 0, box.said
    told = json.loads(box.said.splitlines()[-1])
    assert (told["cuts"], told["wrong"]) == (CUTS, [])
    assert told["written"] >= CUTS
