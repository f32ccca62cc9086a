"""Nobody writes a line of the log but the program."""

import json

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from gridwatch.logs import escape_controls

FORGED = "x\n2026-01-01T00:00:00Z [info] logged_in\r\x1b[2J\u2028\u202e"


@given(st.text())
def test_on_a_terminal_no_value_begins_a_line_or_commands_the_terminal(value: str) -> None:
    for sent in (value, FORGED):
        [shown] = escape_controls(None, "info", {"path": sent}).values()

        assert len(str(shown).splitlines()) <= 1
        assert "\x1b" not in shown


def test_chinese_and_ordinary_text_stays_readable() -> None:
    event = {"event": "节点 离线", "count": 3}

    assert escape_controls(None, "info", event) == event


@pytest.mark.parametrize("sent", [FORGED, "\x00", "\ud800"])
def test_elsewhere_each_event_is_one_line_of_json(sent: str) -> None:
    line = structlog.processors.JSONRenderer()(None, "info", {"path": sent})

    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"path": sent}
