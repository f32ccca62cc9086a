"""An order that workers return: the others, the next level, and at last the desk are asked."""

from tests.api.incidents.steps import Item, act, act_on_order, notifications, open_orders, read
from tests.api.town import Centre


async def return_order(centre: Centre, name: str) -> None:
    """Return the open order of a worker, and dispatch it again."""
    [order] = await open_orders(centre, name)
    await act_on_order(centre, order["id"], "return", name=name, reason="cannot_go")
    await centre.clock_engine.process_due()


async def newest_order(centre: Centre, name: str) -> Item:
    [order] = await open_orders(centre, name)
    return order


async def test_after_two_returns_on_a_level_the_next_one_is_asked(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    await return_order(centre, "east-1")
    assert (await newest_order(centre, "east-2"))["step"] == 1
    await return_order(centre, "east-2")

    assert (await newest_order(centre, "head"))["step"] == 2
    assert await open_orders(centre, "east-1") == []


async def test_with_nobody_left_the_desk_is_asked_and_dispatches_by_hand(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    for name in ("east-1", "east-2", "head"):
        await return_order(centre, name)

    waiting = await read(centre, incident)
    assert (waiting["state"], waiting["next_step"]) == ("filed", "dispatch")
    assert await notifications(centre, "desk") == ["nobody_on_duty"]
    assert "dispatch" in waiting["actions"]
    after = await act(centre, incident, "dispatch", to={"account": "west-1"})
    assert after["state"] == "dispatched"


async def test_nobody_left_does_not_end_in_silence(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    for name in ("east-1", "east-2", "head"):
        await return_order(centre, name)
    rung = len(await centre.notified_accounts())
    for _ in range(20):
        centre.clock.advance(minutes=1)
        await centre.clock_engine.process_due()

    assert len(await centre.notified_accounts()) > rung
    assert "nobody_on_duty" in await notifications(centre, "chief")
