"""Actors whom the tracker cannot track are named."""

from datetime import timedelta

from scenarios import catalogue
from scenarios.testing.actors import Leaves, Stays, Walks
from scenarios.testing.cases import Case
from scenarios.testing.trackability import untracked_actor

INTRUSION = catalogue.load()["intrusion"]
FAST_CAR = Walks("car", [(0, 10), (20, 10)], speed_mps=30)


def test_an_actor_in_too_few_frames_is_named_by_number() -> None:
    brief = Leaves(Stays("person", (10, 10)), after=timedelta(seconds=0.4))
    case = Case("a person appears briefly", [FAST_CAR, brief], opens=0)

    assert "actor 2: the person is in 2 frames" in untracked_actor(INTRUSION, case)


def test_an_actor_whose_label_the_rule_does_not_use_may_be_untracked() -> None:
    assert untracked_actor(INTRUSION, Case("a fast car", [FAST_CAR], opens=0)) == ""
