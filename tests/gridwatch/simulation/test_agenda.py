"""The agenda: order of acts, and the clock."""

from datetime import timedelta

from gridwatch.simulation.agenda import Act, Agenda
from tests.api.alerts import NOON, noon_plus


def appending(log: list[str], word: str) -> Act:
    async def act() -> None:
        log.append(word)

    return act


async def test_acts_run_by_time_and_then_in_the_order_they_came() -> None:
    agenda, log = Agenda(NOON), list[str]()
    for seconds, word in ((5, "c"), (1, "a"), (5, "d"), (3, "b"), (11, "late")):
        agenda.after(seconds, appending(log, word))

    await agenda.run_until(noon_plus(10))

    assert log == ["a", "b", "c", "d"]
    assert agenda() == noon_plus(10)


async def test_an_act_sees_its_own_time_and_may_plan_more() -> None:
    agenda, times = Agenda(NOON), list[float]()

    async def act() -> None:
        times.append((agenda.now - NOON).total_seconds())
        if len(times) == 1:
            agenda.at(NOON - timedelta(hours=1), act)  # has passed: at once

    agenda.after(4, act)
    await agenda.run_until(noon_plus(10))

    assert times == [4, 4]


async def test_what_repeats_runs_at_each_interval() -> None:
    agenda, log = Agenda(NOON), list[str]()
    agenda.every(2, appending(log, "tick"))

    await agenda.run_until(noon_plus(7))

    assert log == ["tick"] * 3
