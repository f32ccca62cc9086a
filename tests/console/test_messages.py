"""The console has a text for every code that the centre or a node sends."""

import re
from pathlib import Path

import pytest

from api.accuracy.verdicts.reasons import VerdictReason
from api.fleet.camera_reason_codes import CODES
from api.fleet.health_rules import AlarmKind
from api.incidents.actions.reasons import OFFERED_REASONS
from api.incidents.lifecycle import TRANSITIONS, IncidentState, OrderState
from api.incidents.workflow_progress import WorkflowStep
from api.quarantine.model import QuarantineCode
from pipeline.signal import Level
from pipeline.wire.failure_reason import TEXTS, ReasonCode
from scenarios import catalogue

SOURCES = Path(__file__).parents[2] / "api/console/src"


def text_keys(file: str) -> set[str]:
    """Return the keys of a message file; a test of the console compares the two languages."""
    return set(re.findall(r'^ {4}"([^"]+)":', (SOURCES / file).read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("kind", AlarmKind)
def test_a_fleet_alarm_has_a_text_and_a_remedy(kind: AlarmKind) -> None:
    assert {f"alarm.{kind}", f"remedy.{kind}"} <= text_keys("features/fleet/messages.ts")


def test_the_reasons_for_a_camera_state_have_texts() -> None:
    codes = {"clips_from_sub_stream", *CODES.values()}

    assert {f"reason.{code}" for code in codes} <= text_keys("features/fleet/messages.ts")


@pytest.mark.parametrize("code", ReasonCode)
def test_the_reasons_of_nodes_have_texts_with_known_parameters(code: ReasonCode) -> None:
    messages = (SOURCES / "features/fleet/messages.ts").read_text("utf-8")
    texts = re.findall(rf'"node_reason\.{code}": "(.+)"', messages)

    assert len(texts) == 2
    for text in texts:
        assert set(re.findall(r"{{(\w+)}}", text)) <= set(re.findall(r"{(\w+)}", TEXTS[code]))


def test_the_reasons_of_the_quarantine_have_texts() -> None:
    codes = {f"quarantine.reason.{code}" for code in QuarantineCode}

    assert codes <= text_keys("features/fleet/messages.ts")


def test_states_levels_and_workflow_steps_have_texts() -> None:
    shared = {f"state.{state}" for state in (*IncidentState, *OrderState)}
    shared |= {f"level.{level}" for level in Level}

    assert shared <= text_keys("shared/i18n/sharedMessages.ts")
    workflow = {f"workflow.{step}" for step in WorkflowStep}
    assert workflow <= text_keys("features/incident/messages.ts")


def test_the_labels_and_measures_of_all_scenarios_have_texts() -> None:
    scenarios = [scenario_type.spec for scenario_type in catalogue.load().values()]
    labels = {f"label.{label}" for scenario in scenarios for label in scenario.labels}
    measures = {
        f"measure.{name}"
        for scenario in scenarios
        for name in re.findall(r"{(\w+)", scenario.message.zh + scenario.message.en)
    }

    assert labels | measures <= text_keys("features/incident/explanation/messages.ts")


def test_the_actions_that_leave_the_state_and_the_offered_reasons_have_texts() -> None:
    actions = {f"action.{row.action}" for row in TRANSITIONS if row.to_state is None}
    codes = {code for codes in OFFERED_REASONS.values() for code in codes} | set(VerdictReason)
    reasons = {f"reason.{code}" for code in codes}

    assert actions | reasons <= text_keys("features/incident/messages.ts")
    verdicts = {f"reason.{code}" for code in VerdictReason}
    assert verdicts <= text_keys("features/workOrders/messages.ts")
