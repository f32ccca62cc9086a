from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.reasons import VALUE_OF, VerdictReason, reasons_of, value_of
from scenarios import catalogue


def test_every_reason_stands_for_a_verdict_and_is_offered_by_a_scenario() -> None:
    offered = {reason for scenario in catalogue.load() for reason in reasons_of(scenario)}

    assert offered == VALUE_OF.keys() == set(VerdictReason)


def test_a_harmless_and_a_known_matter_are_not_false_alarms() -> None:
    assert value_of(VerdictReason.NORMAL_ACTIVITY) is VerdictValue.BENIGN
    assert value_of(VerdictReason.ALREADY_KNOWN) is VerdictValue.DUPLICATE
    assert value_of(None) is VerdictValue.FALSE


def test_a_scenario_offers_its_own_reasons_first() -> None:
    assert reasons_of("smoke_fire")[0] is VerdictReason.STEAM_OR_DUST
    assert VerdictReason.STEAM_OR_DUST not in reasons_of("fall")
    assert VerdictReason.THIS_SPOT in reasons_of("unknown_scenario")
