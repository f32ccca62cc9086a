"""What a box says of its cameras is in the console's words too."""

from pathlib import Path

import pytest

from edge.errors import Fault

WHY = Path(__file__).parents[2] / "api/console/src/features/fleet/why.ts"


@pytest.mark.parametrize("fault", Fault)
def test_a_camera_s_fault_is_told_in_chinese(fault: Fault) -> None:
    assert f'{fault.sentence}": "' in WHY.read_text("utf-8").replace("'", '"')
