from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.decision_policy import (
    POLICY,
    Band,
    Consequence,
    band_of,
    clock_level,
    consequence_of,
    decide,
)
from api.accuracy.scenario_traits import ScenarioTraits, traits_of
from api.accuracy.score import Decision, Thresholds
from pipeline.signal import Level
from scenarios.definition.taxonomy import Maturity

THRESHOLDS = Thresholds(push=0.7, low=0.2)
IN_BAND = {Band.HIGH: 0.9, Band.MIDDLE: 0.5, Band.LOW: 0.05}


class Case(NamedTuple):
    level: Level
    maturity: Maturity
    is_for_life: bool
    band: Band
    is_late: bool

    @property
    def decision(self) -> Decision:
        traits = ScenarioTraits(family="f", maturity=self.maturity, life_and_limb=self.is_for_life)
        return decide(
            IN_BAND[self.band], self.level, traits, is_late=self.is_late, thresholds=THRESHOLDS
        )


CASES = [Case(*values) for values in product(Level, Maturity, (False, True), Band, (False, True))]


def test_the_policy_names_every_consequence_and_band() -> None:
    assert {*POLICY} == {*Consequence}
    assert all({*bands} == {*Band} for bands in POLICY.values())


@pytest.mark.parametrize("case", CASES)
def test_nothing_experimental_and_no_note_rings_a_phone_by_itself(case: Case) -> None:
    is_note = case.level is Level.INFO and not case.is_for_life

    if case.maturity is Maturity.EXPERIMENTAL or case.is_late or is_note:
        assert case.decision is not Decision.PUSH


@pytest.mark.parametrize("case", CASES)
def test_nothing_critical_and_nothing_on_which_life_depends_is_stored_unseen(case: Case) -> None:
    if case.level is Level.CRITICAL or case.is_for_life:
        assert case.decision is not Decision.STORE


@pytest.mark.parametrize("case", CASES)
def test_a_late_incident_is_seen_exactly_if_a_live_one_would_be(case: Case) -> None:
    live, late = case._replace(is_late=False).decision, case._replace(is_late=True).decision

    assert (late is Decision.STORE) == (live is Decision.STORE)
    assert late in {Decision.STORE, Decision.LATE}


@given(low=st.floats(0, 1), high=st.floats(0, 1), case=st.sampled_from(CASES))
def test_a_higher_probability_never_weakens_the_decision(
    low: float, high: float, case: Case
) -> None:
    traits = ScenarioTraits(family="f", maturity=case.maturity, life_and_limb=case.is_for_life)
    weak, strong = (
        decide(share, case.level, traits, is_late=case.is_late, thresholds=THRESHOLDS)
        for share in sorted((low, high))
    )

    assert weak.rank <= strong.rank


def test_a_critical_alert_of_eight_per_cent_is_reviewed() -> None:
    ordinary = ScenarioTraits(family="f")

    decision = decide(0.08, Level.CRITICAL, ordinary, is_late=False, thresholds=THRESHOLDS)

    assert decision is Decision.REVIEW


def test_an_experimental_scenario_of_the_library_waits_for_an_operator() -> None:
    decision = decide(
        0.95, Level.MINOR, traits_of("smoke_fire"), is_late=False, thresholds=THRESHOLDS
    )

    assert decision is Decision.REVIEW


def test_the_bounds_of_a_band_belong_to_the_higher_one() -> None:
    assert [band_of(share, THRESHOLDS) for share in (0.7, 0.2, 0.19)] == [
        Band.HIGH,
        Band.MIDDLE,
        Band.LOW,
    ]


def test_life_and_limb_is_reviewed_by_the_critical_clock() -> None:
    assert clock_level(Level.MINOR, traits_of("fall")) is Level.CRITICAL
    assert clock_level(Level.MINOR, traits_of("loitering")) is Level.MINOR


def test_an_unknown_scenario_is_ordinary_and_its_own_family() -> None:
    traits = traits_of("wet_floor")

    assert traits.family == "wet_floor"
    assert consequence_of(Level.MAJOR, traits) is Consequence.ORDINARY
