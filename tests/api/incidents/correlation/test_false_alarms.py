import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.score import Decision
from api.incidents.correlation.false_alarms import (
    NO_HISTORY,
    Restraint,
    VerdictHistory,
    find_restraint,
    is_sick,
    restrain,
)
from pipeline.signal import Level
from tests.api.alerts import NOON, noon_plus

FALSE, TRUE = True, False
REJECTED = VerdictHistory(rejected_at=NOON, rejected_level=Level.MAJOR)


@pytest.mark.parametrize(
    ("level", "after_s", "expected"),
    [
        (Level.MAJOR, 2, Restraint.JUST_REJECTED),
        (Level.MINOR, 2, Restraint.JUST_REJECTED),
        (Level.MAJOR, 599, Restraint.JUST_REJECTED),
        (Level.MAJOR, 600, None),
        (Level.CRITICAL, 2, None),
    ],
)
def test_for_ten_minutes_after_a_rejection_an_operator_looks_first(
    level: Level, after_s: float, expected: Restraint | None
) -> None:
    assert find_restraint(REJECTED, level, now=noon_plus(after_s)) is expected


@pytest.mark.parametrize(
    ("were_false", "expected"),
    [
        ([], None),
        ([FALSE, FALSE], None),
        ([FALSE, FALSE, FALSE], Restraint.OFTEN_FALSE),
        ([FALSE, TRUE, FALSE, TRUE, FALSE], Restraint.OFTEN_FALSE),
        ([TRUE, TRUE, TRUE, FALSE, FALSE, FALSE], None),
    ],
)
def test_three_false_ones_of_the_last_five_send_the_next_to_review(
    were_false: list[bool], expected: Restraint | None
) -> None:
    history = VerdictHistory(were_false=were_false)

    assert find_restraint(history, Level.MAJOR, now=NOON) is expected


def test_a_camera_without_history_is_trusted() -> None:
    assert find_restraint(NO_HISTORY, Level.INFO, now=NOON) is None


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("restraint", [None, *Restraint])
def test_a_restraint_moves_a_call_to_an_operator_and_hides_nothing(
    decision: Decision, restraint: Restraint | None
) -> None:
    restrained = restrain(decision, restraint)

    if decision is Decision.PUSH and restraint is not None:
        assert restrained is Decision.REVIEW
    else:
        assert restrained is decision


@given(st.lists(st.booleans(), max_size=20))
def test_a_camera_is_sick_after_eight_false_ones_of_ten(were_false: list[bool]) -> None:
    expected = len(were_false) >= 10 and sum(were_false[:10]) >= 8

    assert is_sick(were_false) == expected
