"""Another department is asked to help with an order, and reminded until somebody answers."""

from sqlalchemy import text

from tests.api.databases import scalar
from tests.api.incidents.steps import (
    act_on_order,
    dispatched,
    handling,
    notifications,
    open_orders,
    read,
    report,
    request_on_order,
)
from tests.api.town import GRID, WEST, Centre

HEAD = {"area": GRID}


async def request_help(centre: Centre, order: str, **to: object) -> None:
    await act_on_order(
        centre, order, "request-help", name="east-1", to=to, reason="a tree blocks the road"
    )


async def test_those_on_duty_in_the_other_area_are_asked_and_may_report(centre: Centre) -> None:
    incident, order = await handling(centre)
    await request_help(centre, order, area=GRID)

    assert await notifications(centre, "head") == ["help"]
    [shared] = await open_orders(centre, "head")
    assert (shared["id"], shared["assignee"]) == (order, "east-1")
    assert {"join", "report"} <= set(shared["actions"])
    await report(centre, order, name="head")
    history = (await read(centre, incident))["history"]
    assert [(entry["actor"], entry["action"]) for entry in history[-2:]] == [
        ("east-1", "request_help"),
        ("head", "report"),
    ]


async def test_a_person_is_asked_by_name(centre: Centre) -> None:
    _, order = await handling(centre)
    await request_help(centre, order, account="desk-elsewhere")

    assert await notifications(centre, "desk-elsewhere") == ["help"]


async def test_an_area_with_nobody_on_duty_is_asked_through_its_desk(centre: Centre) -> None:
    _, order = await handling(centre)
    await request_help(centre, order, area="510108")

    assert await notifications(centre, "desk-elsewhere") == ["help"]


async def test_an_answer_stops_the_reminders(centre: Centre) -> None:
    _, order = await handling(centre)
    await request_help(centre, order, area=GRID)
    await act_on_order(centre, order, "join", name="head")
    centre.clock.advance(minutes=30)
    await centre.clock_engine.process_due()

    assert await notifications(centre, "head") == ["help"]
    assert await scalar(
        centre.engine, "SELECT count(*) FROM order_helper WHERE answered_at IS NOT NULL"
    ) == len(["head"])


async def test_without_an_answer_they_are_reminded_and_then_the_desk_is_asked(
    centre: Centre,
) -> None:
    incident, order = await handling(centre)
    await request_help(centre, order, account="west-1")
    centre.clock.advance(minutes=5)
    await centre.clock_engine.process_due()
    assert await notifications(centre, "west-1") == ["help", "help"]
    centre.clock.advance(minutes=5)
    await centre.clock_engine.process_due()
    await centre.clock_engine.process_due()

    assert await notifications(centre, "desk") == ["escalation"]
    assert await notifications(centre, "west-1") == ["help", "help"]
    history = (await read(centre, incident))["history"]
    assert [entry["action"] for entry in history[-2:]] == ["remind_helpers", "help_unanswered"]


async def test_nobody_is_reminded_once_the_work_is_reported(centre: Centre) -> None:
    _, order = await handling(centre)
    await request_help(centre, order, account="west-1")
    await report(centre, order)
    centre.clock.advance(minutes=6)
    await centre.clock_engine.process_due()

    assert await scalar(centre.engine, "SELECT count(next_action_at) FROM order_helper") == 0
    assert await notifications(centre, "west-1", is_open=False) == ["help"]


async def test_help_is_requested_by_who_holds_the_order_with_a_reason(centre: Centre) -> None:
    _, order = await handling(centre)
    other = await request_on_order(
        centre, order, "request-help", name="east-2", to=HEAD, reason="please"
    )
    blank = await request_on_order(
        centre, order, "request-help", name="east-1", to=HEAD, reason="  "
    )
    both = await request_on_order(
        centre, order, "request-help", name="east-1", to={**HEAD, "account": "head"}, reason="x"
    )

    assert other.json()["code"] == "not_yours"
    assert blank.json()["code"] == "needs_reason"
    assert both.status_code == 422


async def test_an_order_that_nobody_has_accepted_needs_no_help(centre: Centre) -> None:
    _, order = await dispatched(centre)
    answer = await request_on_order(centre, order, "request-help", name="desk", to=HEAD, reason="x")

    assert answer.json()["code"] == "wrong_state"


async def test_where_there_is_nobody_at_all_the_request_is_refused(centre: Centre) -> None:
    _, order = await handling(centre)
    async with centre.engine.begin() as connection:
        await connection.execute(text("UPDATE account SET active = false WHERE role <> 'worker'"))
    answer = await request_on_order(
        centre, order, "request-help", name="east-1", to={"area": WEST}, reason="x"
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "nobody_on_duty")
