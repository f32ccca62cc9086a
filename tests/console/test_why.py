"""What a box says of its cameras, and of why it raised an alert, is in the console's words too."""

import re
from pathlib import Path

import pytest

from edge.errors import StreamFault
from scenarios import catalogue

FEATURES = Path(__file__).parents[2] / "api/console/src/features"
WHY = FEATURES / "fleet/sourceErrors.ts"
EXPLAINED = FEATURES / "incident/explanation/messages.ts"


@pytest.mark.parametrize("fault", StreamFault)
def test_a_camera_s_fault_is_told_in_chinese(fault: StreamFault) -> None:
    assert f'{fault.message}": "' in WHY.read_text("utf-8").replace("'", '"')


def test_all_that_a_scenario_watches_and_measures_has_words() -> None:
    hazards = [kind.hazard for kind in catalogue.load().values()]
    labels = {f"label.{label}" for hazard in hazards for label in hazard.labels}
    measures = {
        f"measure.{name}"
        for hazard in hazards
        for name in re.findall(r"{(\w+)", hazard.message.zh + hazard.message.en)
    }

    said = re.findall(r'"((?:label|measure)\.[^"]+)":', EXPLAINED.read_text("utf-8"))

    assert labels | measures <= set(said)
