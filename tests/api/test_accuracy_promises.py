"""Promises that single scenarios have to keep."""

import pytest

from api.accuracy.fitting.upkeep import promise_of
from api.errors import SettingsError
from api.settings import CentralSettings


def test_a_scenario_may_have_a_promise_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWATCH_SCENARIO_PROMISES", "fall=0.95/0.99, loitering=0.9/0.8")

    promise = promise_of(CentralSettings.load())

    assert (promise.of("fall").precision, promise.of("fall").min_recall) == (0.95, 0.99)
    assert promise.of("loitering").min_recall == 0.8
    assert promise.of("intrusion") is promise


@pytest.mark.parametrize("value", ["fall", "fall=0.95", "fall=0.3/0.9", "fall=1/0.9"])
def test_a_promise_that_cannot_be_read_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("GRIDWATCH_SCENARIO_PROMISES", value)

    with pytest.raises(SettingsError, match="SCENARIO_PROMISES"):
        CentralSettings.load()


def test_a_promise_of_an_unknown_scenario_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWATCH_SCENARIO_PROMISES", "flying=0.95/0.99")

    with pytest.raises(SettingsError, match="no scenario 'flying'"):
        promise_of(CentralSettings.load())
