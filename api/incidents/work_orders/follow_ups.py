"""Find what a worker may do after an action that the centre has not received yet. Pure.

A phone without a network offers these actions, so that a worker can arrive and report before
either is sent.
"""

from dataclasses import replace

from api.incidents.actors import ActorContext
from api.incidents.lifecycle import Action, IncidentState, allowed_actions, apply_action

QUEUED_ACTIONS = (Action.ACCEPT, Action.START, Action.REPORT, Action.RETURN)
"""The actions of a worker that a phone stores and sends later."""


def find_follow_ups(state: IncidentState, actor: ActorContext) -> dict[Action, list[Action]]:
    """Return which actions the worker may take after each action that is possible from here.

    Args:
        state: Of the incident.
        actor: What the worker is to the order.
    """
    follow_ups: dict[Action, list[Action]] = {}
    for action in _queued(state, actor):
        after = replace(actor, is_handler=actor.is_handler or action is Action.ACCEPT)
        next_state = apply_action(state, action, actor, reason=action)
        follow_ups[action] = _queued(next_state, after)
        follow_ups = find_follow_ups(next_state, after) | follow_ups
    return follow_ups


def _queued(state: IncidentState, actor: ActorContext) -> list[Action]:
    return [action for action in allowed_actions(state, actor) if action in QUEUED_ACTIONS]
