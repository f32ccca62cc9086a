"""Suspend an incident: its clocks stand still, and it goes on where it was."""

from datetime import timedelta

import pytest

from tests.api.incidents.steps import (
    accepted,
    act,
    act_on_order,
    dispatched,
    notifications,
    open_orders,
    read,
    request,
)
from tests.api.town import Centre


def until(centre: Centre, **length: float) -> str:
    return (centre.clock() + timedelta(**length)).isoformat()


async def test_a_suspended_incident_rings_nobody_and_resumes_by_itself(centre: Centre) -> None:
    incident, order = await accepted(centre)
    suspended = await act(
        centre,
        incident,
        "suspend",
        name="chief",
        until=until(centre, days=2),
        reason="needs_construction",
    )
    rung = len(await centre.notified_accounts())
    centre.clock.advance(hours=47)
    await centre.clock_engine.process_due()

    assert (suspended["state"], suspended["next_step"]) == ("suspended", "resume")
    assert suspended["orders"][0]["state"] == "suspended"
    assert suspended["orders"][0]["actions"] == []
    assert len(await centre.notified_accounts()) == rung

    centre.clock.advance(hours=2)
    await centre.clock_engine.process_due()
    resumed = await read(centre, incident)
    assert (resumed["state"], resumed["responsible"]["account"]) == ("accepted", "east-1")
    assert resumed["orders"][0]["state"] == "accepted"
    assert (await notifications(centre, "east-1"))[0] == "reminder"
    await act_on_order(centre, order, "start", name="east-1")


async def test_a_desk_resumes_before_the_end(centre: Centre) -> None:
    incident, _ = await dispatched(centre)
    await act(
        centre, incident, "suspend", name="chief", until=until(centre, days=20), reason="agreed"
    )
    assert (await open_orders(centre, "east-1"))[0]["actions"] == []
    resumed = await act(centre, incident, "resume")

    assert resumed["state"] == "dispatched"
    assert (await open_orders(centre, "east-1"))[0]["actions"] == ["accept", "return"]


async def test_a_new_incident_is_suspended_without_an_order(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    await act(centre, incident, "suspend", name="chief", until=until(centre, hours=1), reason="x")
    centre.clock.advance(hours=1)
    await centre.clock_engine.process_due()

    assert (await read(centre, incident))["state"] == "new"


@pytest.mark.parametrize("hours", [-1, 0, 30 * 24 + 1])
async def test_a_suspension_ends_within_thirty_days(centre: Centre, hours: int) -> None:
    incident, _ = await dispatched(centre)
    end = until(centre, hours=hours)
    answer = await request(centre, incident, "suspend", name="chief", until=end, reason="x")

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_end")


async def test_only_a_supervisor_suspends(centre: Centre) -> None:
    incident, _ = await dispatched(centre)
    answer = await request(centre, incident, "suspend", until=until(centre, days=1), reason="x")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_yours")
    assert "suspend" not in (await read(centre, incident))["actions"]
