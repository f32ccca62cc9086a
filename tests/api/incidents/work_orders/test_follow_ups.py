"""What a phone without a network may offer after an action that is not sent yet."""

from api.incidents.actors import ActorContext
from api.incidents.lifecycle import Action, IncidentState
from api.incidents.work_orders.follow_ups import find_follow_ups


def test_a_worker_may_accept_arrive_and_report_before_any_of_it_is_sent() -> None:
    assert find_follow_ups(IncidentState.DISPATCHED, ActorContext(is_addressed=True)) == {
        Action.ACCEPT: [Action.RETURN, Action.START],
        Action.START: [Action.REPORT],
        Action.REPORT: [],
        Action.RETURN: [],
    }


def test_whoever_has_only_been_asked_for_help_arrives_and_reports() -> None:
    assert find_follow_ups(IncidentState.ACCEPTED, ActorContext(is_helper=True)) == {
        Action.START: [Action.REPORT],
        Action.REPORT: [],
    }


def test_nothing_follows_for_somebody_without_a_part_in_the_order() -> None:
    assert find_follow_ups(IncidentState.ACCEPTED, ActorContext()) == {}
