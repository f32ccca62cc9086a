"""Who may do what next: the promises of the table."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.incidents.lifecycle import MOVES, Action, Facts, Move, Part, State, allowed, step
from api.refusals import StepRefusedError

ENDS = {State.CLOSED, State.ARCHIVED, State.EVALUATED, State.REJECTED}
DESK = Facts(is_desk=True)
HANDLER = Facts(is_addressed=True, is_handler=True)

FACTS = st.builds(
    Facts,
    is_desk=st.booleans(),
    is_addressed=st.booleans(),
    is_handler=st.booleans(),
    is_reviewed=st.booleans(),
)


def walk(start: State, actions: Iterable[tuple[Action, Facts]]) -> State:
    """Take all steps one after the other."""
    for action, facts in actions:
        start = step(start, action, facts, reason="because")
    return start


def test_the_way_through_the_loop() -> None:
    way = [
        (Action.CONFIRM, DESK),
        (Action.DISPATCH, Facts(is_system=True)),
        (Action.ACCEPT, Facts(is_addressed=True)),
        (Action.START, HANDLER),
        (Action.REPORT, HANDLER),
        (Action.REWORK, DESK),
        (Action.REPORT, HANDLER),
        (Action.VERIFY, DESK),
    ]

    assert walk(State.NEW, way) is State.CLOSED


@given(state=st.sampled_from(State), facts=FACTS)
def test_the_handler_never_verifies(state: State, facts: Facts) -> None:
    offered = set(allowed(state, facts))

    assert not (facts.is_handler and offered & {Action.VERIFY, Action.REWORK})


@given(state=st.sampled_from(State), action=st.sampled_from(Action), facts=FACTS)
def test_what_is_offered_can_be_done_and_nothing_else(
    state: State, action: Action, facts: Facts
) -> None:
    if action is Action.EVALUATE:
        return
    if action in allowed(state, facts):
        step(state, action, facts, reason="because")
    else:
        with pytest.raises(StepRefusedError):
            step(state, action, facts, reason="because")


@pytest.mark.parametrize("state", [s for s in State if any(s in m.before for m in MOVES)])
def test_every_state_on_the_way_leads_to_an_end(state: State) -> None:
    reached, fresh = {state}, {state}
    while fresh:
        fresh = {m.to for m in MOVES if m.to and m.before & fresh} - reached
        reached |= fresh

    assert reached & ENDS


@pytest.mark.parametrize("move", [m for m in MOVES if m.needs_reason], ids=lambda m: m.action)
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_who_refuses_has_to_say_why(move: Move, reason: str) -> None:
    everybody = Facts(is_desk=True, is_addressed=True, is_handler=move.action is Action.RETURN)

    with pytest.raises(StepRefusedError, match="needs_reason"):
        step(next(iter(move.before)), move.action, everybody, reason=reason)


def test_a_desk_judges_once() -> None:
    judged = Facts(is_desk=True, is_reviewed=True)

    assert Action.CONFIRM in allowed(State.DISPATCHED, DESK)
    assert Action.CONFIRM not in allowed(State.DISPATCHED, judged)


def test_no_person_files_dispatches_or_expires() -> None:
    by_system = {move.action for move in MOVES if move.who == {Part.SYSTEM}}

    assert by_system == {
        Action.FILE,
        Action.DISPATCH,
        Action.ESCALATE,
        Action.EXPIRE,
        Action.ARCHIVE,
    }
