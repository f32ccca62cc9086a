from api.equipment.calls import EQUIPMENT_CALLS, EQUIPMENT_TITLES
from api.fleet.health_rules import AlarmKind

CALL_NOBODY = {AlarmKind.CONFIG_REFUSED}


def test_every_fleet_alarm_calls_a_person_or_is_known_not_to() -> None:
    assert set(EQUIPMENT_CALLS) == set(AlarmKind) - CALL_NOBODY


def test_every_code_has_a_title_in_both_languages() -> None:
    assert {call.code for call in EQUIPMENT_CALLS.values()} < set(EQUIPMENT_TITLES)
    assert all(title.zh and title.en for title in EQUIPMENT_TITLES.values())
    assert len({call.code for call in EQUIPMENT_CALLS.values()}) == len(EQUIPMENT_CALLS)
