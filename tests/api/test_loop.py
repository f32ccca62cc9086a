"""Who may do what next: the promises of the table."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import ConflictError
from api.incidents.lifecycle import (
    TRANSITIONS,
    Action,
    ActorContext,
    ActorRole,
    IncidentState,
    Transition,
    allowed_actions,
    apply_action,
)

ENDS = {
    IncidentState.CLOSED,
    IncidentState.ARCHIVED,
    IncidentState.EVALUATED,
    IncidentState.REJECTED,
}
DESK = ActorContext(is_desk=True)
HANDLER = ActorContext(is_addressed=True, is_handler=True)

FACTS = st.builds(
    ActorContext,
    is_desk=st.booleans(),
    is_addressed=st.booleans(),
    is_handler=st.booleans(),
    is_reviewed=st.booleans(),
)


def walk(start: IncidentState, actions: Iterable[tuple[Action, ActorContext]]) -> IncidentState:
    """Take all steps one after the other."""
    for action, facts in actions:
        start = apply_action(start, action, facts, reason="because")
    return start


def test_the_way_through_the_loop() -> None:
    way = [
        (Action.CONFIRM, DESK),
        (Action.DISPATCH, ActorContext(is_system=True)),
        (Action.ACCEPT, ActorContext(is_addressed=True)),
        (Action.START, HANDLER),
        (Action.REPORT, HANDLER),
        (Action.REWORK, DESK),
        (Action.REPORT, HANDLER),
        (Action.VERIFY, DESK),
    ]

    assert walk(IncidentState.NEW, way) is IncidentState.CLOSED


@given(state=st.sampled_from(IncidentState), facts=FACTS)
def test_the_handler_never_verifies(state: IncidentState, facts: ActorContext) -> None:
    offered = set(allowed_actions(state, facts))

    assert not (facts.is_handler and offered & {Action.VERIFY, Action.REWORK})


@given(state=st.sampled_from(IncidentState), action=st.sampled_from(Action), facts=FACTS)
def test_what_is_offered_can_be_done_and_nothing_else(
    state: IncidentState, action: Action, facts: ActorContext
) -> None:
    if action is Action.EVALUATE:
        return
    if action in allowed_actions(state, facts):
        apply_action(state, action, facts, reason="because")
    else:
        with pytest.raises(ConflictError):
            apply_action(state, action, facts, reason="because")


@pytest.mark.parametrize(
    "state", [s for s in IncidentState if any(s in m.from_states for m in TRANSITIONS)]
)
def test_every_state_on_the_way_leads_to_an_end(state: IncidentState) -> None:
    reached, fresh = {state}, {state}
    while fresh:
        fresh = {m.to_state for m in TRANSITIONS if m.to_state and m.from_states & fresh} - reached
        reached |= fresh

    assert reached & ENDS


@pytest.mark.parametrize("move", [m for m in TRANSITIONS if m.needs_reason], ids=lambda m: m.action)
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_who_refuses_has_to_say_why(move: Transition, reason: str) -> None:
    everybody = ActorContext(
        is_desk=True, is_addressed=True, is_handler=move.action is Action.RETURN
    )

    with pytest.raises(ConflictError, match="needs_reason"):
        apply_action(next(iter(move.from_states)), move.action, everybody, reason=reason)


def test_a_desk_judges_once() -> None:
    judged = ActorContext(is_desk=True, is_reviewed=True)

    assert Action.CONFIRM in allowed_actions(IncidentState.DISPATCHED, DESK)
    assert Action.CONFIRM not in allowed_actions(IncidentState.DISPATCHED, judged)


def test_no_person_files_dispatches_or_expires() -> None:
    by_system = {move.action for move in TRANSITIONS if move.roles == {ActorRole.SYSTEM}}

    assert by_system == {
        Action.FILE,
        Action.DISPATCH,
        Action.ESCALATE,
        Action.EXPIRE,
        Action.ARCHIVE,
    }
