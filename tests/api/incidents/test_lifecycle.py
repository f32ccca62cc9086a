"""Properties of the table of transitions."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import ConflictError
from api.incidents.actors import ActorContext, ActorRole
from api.incidents.lifecycle import (
    ENDED_STATES,
    TRANSITIONS,
    Action,
    IncidentState,
    Transition,
    allowed_actions,
    apply_action,
)

FINAL_STATES = {
    IncidentState.CLOSED,
    IncidentState.ARCHIVED,
    IncidentState.EVALUATED,
    IncidentState.REJECTED,
}
DESK = ActorContext(is_desk=True)
HANDLER = ActorContext(is_addressed=True, is_handler=True)

ACTORS = st.builds(
    ActorContext,
    is_desk=st.booleans(),
    is_supervisor=st.booleans(),
    is_addressed=st.booleans(),
    is_handler=st.booleans(),
    is_helper=st.booleans(),
    is_reviewed=st.booleans(),
    can_undo=st.booleans(),
    is_cancel_proposed=st.booleans(),
    has_proposed_cancel=st.booleans(),
    is_recently_ended=st.booleans(),
)


def apply_all(
    start: IncidentState, actions: Iterable[tuple[Action, ActorContext]]
) -> IncidentState:
    """Apply all actions in order, and return the last state."""
    for action, actor in actions:
        start = apply_action(start, action, actor, reason="because")
    return start


def test_an_incident_can_be_confirmed_handled_and_closed() -> None:
    actions = [
        (Action.CONFIRM, DESK),
        (Action.DISPATCH, ActorContext(is_system=True)),
        (Action.ACCEPT, ActorContext(is_addressed=True)),
        (Action.START, HANDLER),
        (Action.REPORT, HANDLER),
        (Action.REWORK, DESK),
        (Action.REPORT, HANDLER),
        (Action.VERIFY, DESK),
    ]

    assert apply_all(IncidentState.NEW, actions) is IncidentState.CLOSED


@given(state=st.sampled_from(IncidentState), actor=ACTORS)
def test_who_worked_on_it_never_verifies(state: IncidentState, actor: ActorContext) -> None:
    offered = set(allowed_actions(state, actor))
    has_worked = actor.is_handler or actor.is_helper

    assert not (has_worked and offered & {Action.VERIFY, Action.REWORK})


@given(state=st.sampled_from(IncidentState), actor=ACTORS)
def test_nobody_cancels_what_they_have_proposed_to_cancel(
    state: IncidentState, actor: ActorContext
) -> None:
    offered = set(allowed_actions(state, actor))

    assert not (actor.has_proposed_cancel and Action.CANCEL in offered)
    assert not (Action.CANCEL in offered and Action.PROPOSE_CANCEL in offered)


@given(state=st.sampled_from(IncidentState), actor=ACTORS)
def test_an_action_is_listed_once(state: IncidentState, actor: ActorContext) -> None:
    offered = allowed_actions(state, actor)

    assert len(offered) == len(set(offered))


@pytest.mark.parametrize("state", [state for state in IncidentState if state not in ENDED_STATES])
def test_a_desk_can_act_on_every_open_incident(state: IncidentState) -> None:
    offered = set(allowed_actions(state, DESK)) - {Action.NOTE, Action.PROPOSE_CANCEL}

    assert offered


@given(state=st.sampled_from(IncidentState), action=st.sampled_from(Action), actor=ACTORS)
def test_exactly_the_allowed_actions_can_be_applied(
    state: IncidentState, action: Action, actor: ActorContext
) -> None:
    if action is Action.EVALUATE:
        return
    if action in allowed_actions(state, actor):
        apply_action(state, action, actor, reason="because")
    else:
        with pytest.raises(ConflictError):
            apply_action(state, action, actor, reason="because")


@pytest.mark.parametrize(
    "state", [s for s in IncidentState if any(s in m.from_states for m in TRANSITIONS)]
)
def test_every_state_leads_to_a_final_state(state: IncidentState) -> None:
    reached, fresh = {state}, {state}
    while fresh:
        fresh = {m.to_state for m in TRANSITIONS if m.to_state and m.from_states & fresh} - reached
        reached |= fresh

    assert reached & FINAL_STATES


@pytest.mark.parametrize(
    "transition",
    [transition for transition in TRANSITIONS if transition.needs_reason],
    ids=lambda transition: transition.action,
)
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_transition_that_needs_a_reason_refuses_an_empty_one(
    transition: Transition, reason: str
) -> None:
    everybody = ActorContext(
        is_desk=True,
        is_supervisor=True,
        is_addressed=True,
        is_handler=transition.action is Action.RETURN,
        is_recently_ended=True,
    )

    with pytest.raises(ConflictError, match="needs_reason"):
        apply_action(
            next(iter(transition.from_states)), transition.action, everybody, reason=reason
        )


def test_a_desk_confirms_once() -> None:
    reviewed = ActorContext(is_desk=True, is_reviewed=True)

    assert Action.CONFIRM in allowed_actions(IncidentState.DISPATCHED, DESK)
    assert Action.CONFIRM not in allowed_actions(IncidentState.DISPATCHED, reviewed)


def test_some_actions_are_those_of_the_system_alone() -> None:
    by_people = {
        transition.action
        for transition in TRANSITIONS
        if transition.roles != frozenset({ActorRole.SYSTEM})
    }
    in_table = {transition.action for transition in TRANSITIONS}

    assert in_table - by_people == {
        Action.FILE,
        Action.ESCALATE,
        Action.EXPIRE,
        Action.RECOVER,
        Action.RELEASE,
        Action.ARCHIVE,
    }
