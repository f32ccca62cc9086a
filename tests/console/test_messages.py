"""The console has texts for everything that a node names by code."""

import re
from pathlib import Path

import pytest

from edge.errors import StreamFault
from scenarios import catalogue

FEATURES = Path(__file__).parents[2] / "api/console/src/features"
SOURCE_ERRORS = FEATURES / "fleet/sourceErrors.ts"
EXPLANATIONS = FEATURES / "incident/explanation/messages.ts"


@pytest.mark.parametrize("fault", StreamFault)
def test_a_camera_fault_has_a_chinese_text(fault: StreamFault) -> None:
    assert f'{fault.message}": "' in SOURCE_ERRORS.read_text("utf-8").replace("'", '"')


def test_the_labels_and_measures_of_all_scenarios_have_texts() -> None:
    hazards = [kind.spec for kind in catalogue.load().values()]
    labels = {f"label.{label}" for hazard in hazards for label in hazard.labels}
    measures = {
        f"measure.{name}"
        for hazard in hazards
        for name in re.findall(r"{(\w+)", hazard.message.zh + hazard.message.en)
    }

    texts = re.findall(r'"((?:label|measure)\.[^"]+)":', EXPLANATIONS.read_text("utf-8"))

    assert labels | measures <= set(texts)
