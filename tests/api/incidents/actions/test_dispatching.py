"""The desk chooses who gets an order, takes it back, and adds a colleague."""

import asyncio

import pytest

from tests.api.databases import scalar
from tests.api.incidents.steps import (
    accepted,
    act,
    act_on_order,
    dispatched,
    handling,
    notifications,
    open_orders,
    read,
    report,
    request,
    show_notifications,
)
from tests.api.town import EAST, GRID, IN_WEST, NOWHERE, WEST, Centre


@pytest.mark.parametrize("score", [0.05, 0.4], ids=["stored", "new"])
async def test_the_desk_dispatches_to_a_person_of_its_choice(centre: Centre, score: float) -> None:
    incident = await centre.raise_alert(score=score)
    after = await act(centre, incident, "dispatch", to={"account": "west-1"})

    assert (after["state"], after["next_step"]) == ("dispatched", "accept")
    assert after["responsible"] == {"kind": "person", "account": "west-1", "area_code": EAST}
    assert await notifications(centre, "west-1") == ["dispatch"]
    [order] = await open_orders(centre, "west-1")
    await act_on_order(centre, order["id"], "accept", name="west-1")


async def test_the_desk_dispatches_what_lies_in_no_area(centre: Centre) -> None:
    incident = await centre.raise_alert(location=NOWHERE)
    await centre.clock_engine.process_due()
    after = await act(centre, incident, "dispatch", to={"account": "west-1"})

    assert after["state"] == "dispatched"
    assert len(await open_orders(centre, "west-1")) == 1


async def test_the_desk_dispatches_to_those_on_duty_in_an_area(centre: Centre) -> None:
    incident = await centre.raise_alert(location=IN_WEST, score=0.4)
    after = await act(centre, incident, "dispatch", to={"area": EAST})

    assert after["responsible"] == {"kind": "post", "account": None, "area_code": EAST}
    assert await centre.notified_accounts() == ["east-1", "east-2"]


async def test_a_chosen_person_who_does_not_answer_is_followed_by_those_on_duty(
    centre: Centre,
) -> None:
    incident = await centre.raise_alert(score=0.4)
    await act(centre, incident, "dispatch", to={"account": "west-1"})
    centre.clock.advance(minutes=6)
    await centre.clock_engine.process_due()
    centre.clock.advance(minutes=6)
    await centre.clock_engine.process_due()

    assert {"east-1", "east-2"} <= set(await centre.notified_accounts())


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ({"account": "nobody"}, "no_such_account"),
        ({"account": "desk-elsewhere"}, "not_your_area"),
        ({"area": WEST}, "nobody_on_duty"),
        ({"area": "510108"}, "not_your_area"),
        ({"area": f"{GRID}999"}, "no_such_area"),
    ],
    ids=str,
)
async def test_an_addressee_whom_the_desk_cannot_choose_is_refused(
    centre: Centre, to: dict[str, str], code: str
) -> None:
    incident = await centre.raise_alert(score=0.4)
    answer = await request(centre, incident, "dispatch", to=to)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await read(centre, incident))["state"] == "new"


async def test_a_reassigned_order_goes_to_another_and_the_first_is_told(centre: Centre) -> None:
    incident, first = await handling(centre)
    after = await act(centre, incident, "reassign", to={"account": "west-1"}, reason="nearer")

    assert (after["state"], after["responsible"]["account"]) == ("dispatched", "west-1")
    assert [order["state"] for order in after["orders"]] == ["cancelled", "dispatched"]
    assert await open_orders(centre, "east-1") == []
    assert await notifications(centre, "east-1") == ["recall"]
    [order] = await open_orders(centre, "west-1")
    assert order["id"] != first
    assert (await request(centre, incident, "reassign", to={"account": "head"}, reason=" ")).json()[
        "code"
    ] == "needs_reason"


async def test_a_recalled_order_is_dispatched_to_the_others_on_duty(centre: Centre) -> None:
    incident, _ = await accepted(centre)
    filed = await act(centre, incident, "recall", reason="no_answer")
    await centre.clock_engine.process_due()

    assert (filed["state"], filed["next_step"]) == ("filed", "dispatch")
    assert await open_orders(centre, "east-1") == []
    assert len(await open_orders(centre, "east-2")) == 1
    assert await notifications(centre, "east-1") == ["recall"]


async def test_an_order_recalled_to_the_desk_waits_for_its_decision(centre: Centre) -> None:
    incident, _ = await dispatched(centre)
    await show_notifications(centre, "east-2")
    after = await act(centre, incident, "recall", to="desk", reason="not_needed")
    await centre.clock_engine.process_due()

    assert (after["state"], after["next_step"]) == ("new", "review")
    assert {"confirm", "reject", "dispatch"} <= set(after["actions"])
    assert await notifications(centre, "east-2") == ["recall"]
    assert await notifications(centre, "east-1") == []


async def test_a_colleague_acts_like_the_handler_and_does_not_verify(centre: Centre) -> None:
    incident, order = await accepted(centre)
    await act(centre, incident, "colleagues", account="west-1")
    await act(centre, incident, "colleagues", account="west-1")

    assert await notifications(centre, "west-1") == ["help"]
    [shared] = await open_orders(centre, "west-1")
    assert (shared["id"], shared["assignee"]) == (order, "east-1")
    assert {"start"} <= set(shared["actions"])
    await act_on_order(centre, order, "start", name="west-1")
    await report(centre, order, name="west-1")
    verdicts = (await read(centre, incident))["verdicts"]
    assert verdicts[-1]["actor"] == "west-1"


async def test_a_colleague_may_be_added_before_anybody_has_accepted(centre: Centre) -> None:
    incident, order = await dispatched(centre)
    await act(centre, incident, "colleagues", account="west-1")
    await act_on_order(centre, order, "accept", name="west-1")

    assert (await read(centre, incident))["order"]["assignee"] == "west-1"


@pytest.mark.parametrize(
    ("action", "bodies"),
    [
        ("dispatch", [{"to": {"account": "east-1"}}, {"to": {"account": "east-2"}}]),
        ("confirm", [{}, {}]),
        ("reject", [{"reason": "a shadow"}, {"reason": "a flag"}]),
        ("level", [{"level": "critical", "reason": "x"}, {"level": "minor", "reason": "x"}]),
        ("propose-cancel", [{"reason": "a drill"}, {"reason": "a drill"}]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_of_two_who_act_at_once_one_wins(
    centre: Centre, action: str, bodies: list[dict[str, object]]
) -> None:
    incident = await centre.raise_alert(score=0.4)
    version = (await read(centre, incident))["version"]
    await centre.client_of("chief")
    answers = await asyncio.gather(
        *(
            request(centre, incident, action, name=name, version=version, **body)
            for name, body in zip(("desk", "chief"), bodies, strict=True)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    query = f"SELECT count(*) FROM audit_log WHERE actor <> 'system' AND incident = '{incident}'"  # noqa: S608
    assert await scalar(centre.engine, query) == 1


async def test_the_open_order_counts_although_the_clock_was_set_back(centre: Centre) -> None:
    incident, _ = await accepted(centre)
    centre.clock.advance(seconds=-60)
    reassigned = await act(centre, incident, "reassign", to={"account": "west-1"}, reason="nearer")
    rejected = await act(centre, incident, "reject", reason="a shadow")

    assert reassigned["order"]["state"] == "dispatched"
    assert {order["state"] for order in rejected["orders"]} == {"cancelled"}
