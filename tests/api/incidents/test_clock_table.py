"""The table of clocks in the documentation is that of the program."""

from datetime import timedelta
from pathlib import Path

import pytest

from api.incidents.clocks import PLANS, Limits
from api.incidents.lifecycle import IncidentState
from pipeline.signal import Level

DOCUMENT = Path(__file__).resolve().parents[3] / "docs/incidents.md"
LEVELS = (Level.CRITICAL, Level.MAJOR, Level.MINOR)


@pytest.mark.parametrize("state", sorted(set(PLANS) - {IncidentState.VERIFYING}))
def test_the_table_of_clocks_states_the_plan_of_every_state(state: IncidentState) -> None:
    plan = PLANS[state]
    [cells] = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in DOCUMENT.read_text("utf-8").splitlines()
        if line.startswith(f"| `{state}` |")
    ]
    actions = "; ".join(
        f"at {share:g} ×: {action.replace('_', ' ')}" if share else f"at once: {action}"
        for share, action in plan.actions
    )

    assert cells[1] == plan.next_step
    assert cells[3] in {limits(plan.limits), "until its end"}
    assert cells[4] == actions
    assert cells[5] in {limits(plan.max_interval), ""}


def test_verifying_has_the_plan_of_feedback() -> None:
    assert PLANS[IncidentState.VERIFYING] == PLANS[IncidentState.FEEDBACK]


def limits(by_level: Limits) -> str:
    return ", ".join(in_words(by_level[level]) for level in LEVELS)


def in_words(duration: timedelta) -> str:
    minutes = int(duration.total_seconds() // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
