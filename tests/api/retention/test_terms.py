"""Terms beyond what their profile allows are refused, each with its setting and the limits."""

import pytest

from api.errors import SettingsError
from api.retention.terms import TERMS, Profile, RowKind, chosen_days, find_invalid_terms
from api.settings import CentralSettings
from api.wiring import retention_days


@pytest.mark.parametrize("profile", Profile)
def test_the_defaults_of_a_profile_are_allowed(profile: Profile) -> None:
    days = chosen_days(profile, {})

    assert set(days) == set(RowKind) == set(TERMS[profile])
    assert list(find_invalid_terms(profile, days)) == []


def test_every_term_out_of_bounds_is_named() -> None:
    settings = CentralSettings(
        retention_profile="cn-799", keep_evidence_days=20, keep_audit_days=90
    )

    with pytest.raises(SettingsError) as refused:
        retention_days(settings)

    assert str(refused.value).splitlines() == [
        "GRIDWATCH_KEEP_EVIDENCE_DAYS is 20: with the profile cn-799, from 30 to 365 days",
        "GRIDWATCH_KEEP_AUDIT_DAYS is 90: with the profile cn-799, from 180 to 3650 days",
    ]


def test_evidence_does_not_outlive_its_incidents() -> None:
    settings = CentralSettings(keep_evidence_days=200, keep_incidents_days=100)

    with pytest.raises(SettingsError, match="at most the 100 days of GRIDWATCH_KEEP_INCIDENTS"):
        retention_days(settings)
