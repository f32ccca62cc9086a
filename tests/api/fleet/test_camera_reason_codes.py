"""Codes for the reasons that nodes give for the state of a camera."""

import pytest

from api.fleet.camera_reason_codes import reason_codes
from edge.errors import StreamFault
from edge.worker import DAMAGED, OVERLOADED


@pytest.mark.parametrize("fault", StreamFault)
def test_every_stream_fault_of_a_node_has_its_code(fault: StreamFault) -> None:
    assert reason_codes(fault.message) == [fault.value]


def test_a_cause_follows_its_effect() -> None:
    reason = f"clips come from the sub-stream; the main stream {StreamFault.STALLED.message}"

    assert reason_codes(reason) == ["clips_from_sub_stream", "stalled"]


def test_a_slow_node_is_not_taken_for_a_damaged_picture() -> None:
    assert reason_codes(DAMAGED) == ["damaged"]
    assert reason_codes(OVERLOADED) == ["overloaded"]
    assert reason_codes("pictures come in damaged or are dropped") == ["damaged_or_dropped"], (
        "a node of the version before does not say which"
    )
    assert reason_codes("fault: KeyError") == ["internal_fault"]


def test_an_unknown_reason_has_no_code() -> None:
    assert reason_codes("the lens is dirty") == []
    assert reason_codes("") == []
