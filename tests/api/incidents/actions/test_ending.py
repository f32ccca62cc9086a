"""Cancel by two persons, reopen within seven days."""

from uuid import UUID

import pytest

from tests.api.incidents.steps import (
    accepted,
    act,
    act_on_order,
    handling,
    notifications,
    open_orders,
    read,
    reported,
    request,
)
from tests.api.town import Centre


async def closed(centre: Centre) -> tuple[UUID, str]:
    incident, order = await reported(centre)
    await act_on_order(centre, order, "verify", name="desk", passed=True, confirm_still_firing=True)
    return incident, order


async def test_one_person_proposes_to_cancel_and_another_agrees(centre: Centre) -> None:
    incident, _ = await accepted(centre)
    proposed = await act(centre, incident, "propose-cancel", reason="entered_by_mistake")
    alone = await request(centre, incident, "cancel")
    seen = await read(centre, incident, name="chief")
    cancelled = await act(centre, incident, "cancel", name="chief")

    assert proposed["state"] == "accepted"
    assert proposed["cancel_proposal"]["account"] == "desk"
    assert "cancel" not in proposed["actions"]
    assert (alone.status_code, alone.json()["code"]) == (409, "wrong_state")
    assert "cancel" in seen["actions"]
    assert (cancelled["state"], cancelled["cancel_proposal"]) == ("cancelled", None)
    assert cancelled["orders"][0]["state"] == "cancelled"
    assert await open_orders(centre, "east-1") == []


async def test_the_worker_of_a_cancelled_incident_is_told(centre: Centre) -> None:
    incident, _ = await handling(centre)
    await act(centre, incident, "propose-cancel", reason="drill")
    await act(centre, incident, "cancel", name="chief")

    assert (await notifications(centre, "east-1", is_open=False))[0] == "recall"


async def test_the_others_of_the_desk_are_notified_of_a_proposal(centre: Centre) -> None:
    incident, _ = await handling(centre)
    await act(centre, incident, "propose-cancel", reason="drill")

    assert (await notifications(centre, "chief"))[0] == "proposal"
    assert "proposal" not in await notifications(centre, "desk")
    assert "proposal" not in await notifications(centre, "desk-elsewhere")


async def test_a_proposal_expires_after_a_day(centre: Centre) -> None:
    incident, _ = await handling(centre)
    await act(centre, incident, "propose-cancel", reason="drill")
    assert (await request(centre, incident, "propose-cancel", name="chief", reason="x")).json()[
        "code"
    ] == "wrong_state"
    centre.clock.advance(hours=24)

    assert (await request(centre, incident, "cancel", name="chief")).status_code == 409
    assert (await read(centre, incident, name="chief"))["cancel_proposal"] is None


async def test_a_closed_incident_is_reopened_and_dispatched_to_who_is_on_duty(
    centre: Centre,
) -> None:
    incident, order = await closed(centre)
    centre.clock.advance(hours=1)
    reopened = await act(centre, incident, "reopen", name="chief", reason="not_resolved")
    await centre.clock_engine.process_due()

    assert reopened["state"] == "filed"
    [fresh] = await open_orders(centre, "east-2")
    assert fresh["id"] != order
    assert "reopen" in [entry["action"] for entry in reopened["history"]]


@pytest.mark.parametrize(("days", "status"), [(6, 200), (8, 409)])
async def test_an_incident_is_reopened_within_seven_days_also_from_the_archive(
    centre: Centre, days: int, status: int
) -> None:
    incident, _ = await closed(centre)
    centre.clock.advance(days=days)
    await centre.clock_engine.process_due()
    assert (await read(centre, incident, name="chief"))["state"] == "archived"
    answer = await request(centre, incident, "reopen", name="chief", reason="happened_again")

    assert answer.status_code == status


async def test_what_is_open_again_is_linked_and_not_reopened(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    await act(centre, incident, "reject", reason="a shadow")
    again = await centre.raise_alert("b", score=0.4)
    answer = await act(centre, incident, "reopen", name="chief", reason="rejected_by_mistake")

    assert answer["state"] == "rejected"
    assert answer["history"][-1]["detail"] == {"linked": str(again)}


async def test_a_desk_without_a_supervisor_does_not_reopen(centre: Centre) -> None:
    incident, _ = await closed(centre)
    answer = await request(centre, incident, "reopen", reason="not_resolved")

    assert answer.json()["code"] == "not_yours"
