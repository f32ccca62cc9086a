"""Who is called, in which order, and what happens when nobody answers."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.areas.hierarchy import AREA_LEVELS, AreaSummary
from api.dispatch.escalation import EndedOrder, EscalationTarget, first_step, next_target
from api.incidents import sla
from api.roster.on_duty import EscalationLevel
from api.roster.store import Shift
from pipeline.signal import Level
from tests.api.alerts import NOON
from tests.api.town import EAST, IN_WEST, NOWHERE, Centre


def a_ring(step: int, accounts: Iterable[int]) -> EscalationLevel:
    area = AreaSummary(code=EAST, name="East", level=AREA_LEVELS[step - 1])
    shifts = [
        Shift(
            account=account,
            name=f"worker-{account}",
            area_code=EAST,
            source="rule",
            starts_at=NOON,
            ends_at=NOON + timedelta(hours=1),
        )
        for account in accounts
    ]
    return EscalationLevel(step, area, tuple(shifts))


async def orders(page: httpx.AsyncClient, **wanted: bool) -> list[dict[str, Any]]:
    answer = await page.get("/v1/orders", params=wanted)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize(
    ("past", "step"),
    [
        ([], 1),
        ([EndedOrder(1, has_expired=True)], 2),
        ([EndedOrder(1, has_expired=False)], 1),
        ([EndedOrder(1, has_expired=False), EndedOrder(1, has_expired=False)], 2),
        ([EndedOrder(1, has_expired=True), EndedOrder(2, has_expired=False)], 2),
    ],
    ids=["the first", "expired", "given back", "given back twice", "given back above"],
)
def test_where_a_new_order_begins(past: list[EndedOrder], step: int) -> None:
    assert first_step(past) == step


@given(
    people=st.lists(st.lists(st.integers(1, 9), max_size=3), min_size=6, max_size=6),
    start=st.integers(1, 7),
    but=st.frozensets(st.integers(1, 9)),
)
def test_the_first_step_with_somebody_is_called(
    people: list[list[int]], start: int, but: frozenset[int]
) -> None:
    called = next_target(
        [a_ring(n, who) for n, who in enumerate(people, 1)], start=start, excluded=but
    )

    left = {n: set(who) - but for n, who in enumerate(people, 1) if n >= start}
    filled = [n for n, who in left.items() if who]
    if called is None:
        assert not filled
    else:
        assert called.step == filled[0]
        assert set(called.accounts) == left[called.step]


@given(level=st.sampled_from(Level), rounds=st.integers(0, 50))
def test_rings_come_ever_more_slowly_but_never_end(level: Level, rounds: int) -> None:
    sooner, later = sla.reminder_interval(level, rounds), sla.reminder_interval(level, rounds + 1)

    assert timedelta(0) < sooner <= later <= sla.MAX_REMINDER_INTERVAL


def test_nobody_left_is_told_as_such() -> None:
    assert next_target([a_ring(1, [7])], start=1, excluded=frozenset({7})) is None
    assert next_target([a_ring(1, [7])], start=1) == EscalationTarget(1, (7,))


async def test_those_on_duty_in_the_micro_grid_are_called_first(centre: Centre) -> None:
    await centre.alert()
    await centre.dispatcher.process_pending()

    assert await centre.called() == ["east-1", "east-2"]


async def test_an_empty_step_takes_no_time(centre: Centre) -> None:
    await centre.alert(location=IN_WEST)
    await centre.dispatcher.process_pending()

    [order] = await orders(await centre.page("head"), mine=True)
    assert order["step"] == 2
    assert await centre.called() == ["east-1", "east-2", "head"]  # the whole grid


async def test_silence_climbs_and_at_the_top_everybody_is_called_again(centre: Centre) -> None:
    await centre.alert()
    await centre.dispatcher.process_pending()
    centre.clock.go(minutes=5, seconds=1)
    await centre.dispatcher.process_pending()
    climbed = await centre.called()
    centre.clock.go(minutes=5, seconds=1)
    await centre.dispatcher.process_pending()

    assert climbed == ["east-1", "east-2", "east-1", "east-2", "head"]
    assert len(await centre.called()) == 8
    [order] = await orders(await centre.page("head"), mine=True)
    assert (order["state"], order["step"]) == ("dispatched", 2)


async def test_nothing_rings_twice_at_one_step(centre: Centre) -> None:
    await centre.alert()
    await centre.dispatcher.process_pending()
    centre.clock.go(minutes=4)
    assert await centre.dispatcher.process_pending() == 0

    assert await centre.called() == ["east-1", "east-2"]


async def test_of_two_who_accept_exactly_one_gets_it(centre: Centre) -> None:
    await centre.alert()
    await centre.dispatcher.process_pending()
    pages = [await centre.page("east-1"), await centre.page("east-2")]
    [order] = await orders(pages[0], mine=True)

    answers = await asyncio.gather(
        *(p.post(f"/v1/orders/{order['id']}/accept", json={"version": 1}) for p in pages)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["state"]) == ("stale", "accepted")


async def test_who_accepts_silences_all_others(centre: Centre) -> None:
    await centre.alert()
    await centre.dispatcher.process_pending()
    mine, theirs = await centre.page("east-1"), await centre.page("east-2")
    [order] = await orders(mine, mine=True)
    await mine.post(f"/v1/orders/{order['id']}/accept", json={"version": 1})

    assert (await theirs.get("/v1/notifications", params={"open": True})).json()["items"] == []
    assert await orders(theirs, mine=True, open=True) == []
    assert await centre.dispatcher.process_pending() == 0


async def test_accepted_and_forgotten_goes_back_and_climbs(centre: Centre) -> None:
    incident = await centre.alert()
    await centre.dispatcher.process_pending()
    mine, desk = await centre.page("east-1"), await centre.page("desk")
    [order] = await orders(mine, mine=True)
    await mine.post(f"/v1/orders/{order['id']}/accept", json={"version": 1})
    centre.clock.go(minutes=31)
    await centre.dispatcher.process_pending()

    told = (await desk.get(f"/v1/incidents/{incident}")).json()
    assert [(o["state"], o["step"]) for o in told["orders"]] == [("returned", 1), ("dispatched", 2)]


async def test_who_gives_back_is_not_called_for_it_again(centre: Centre) -> None:
    await centre.alert()
    await centre.dispatcher.process_pending()
    mine, theirs = await centre.page("east-1"), await centre.page("east-2")
    [order] = await orders(mine, mine=True)
    path = f"/v1/orders/{order['id']}"
    await mine.post(f"{path}/accept", json={"version": 1})
    given_back = await mine.post(f"{path}/return", json={"version": 2, "reason": "far away"})
    await centre.dispatcher.process_pending()

    assert given_back.status_code == 200
    [fresh] = await orders(theirs, mine=True, open=True)
    assert (fresh["id"] != order["id"], fresh["step"]) == (True, 1)
    assert await orders(mine, mine=True, open=True) == []


async def test_an_incident_outside_all_areas_stays_with_the_desks_and_is_tried_again(
    centre: Centre,
) -> None:
    incident = await centre.alert(location=NOWHERE)
    await centre.dispatcher.process_pending()
    centre.clock.go(minutes=1)
    await centre.dispatcher.process_pending()

    told = (await (await centre.page("desk")).get(f"/v1/incidents/{incident}")).json()
    assert told["state"] == "filed"
    assert [line["action"] for line in told["history"]].count("no_area") == 1


async def test_one_that_nobody_can_take_holds_up_no_other(centre: Centre) -> None:
    await centre.alert("a", location=NOWHERE)
    await centre.alert("b", camera="south-gate")
    await centre.dispatcher.process_pending()

    assert await centre.called() == ["east-1", "east-2"]
