"""Who verifies the work, what rework does, and closing while the camera still sees the matter."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from api.accounts.store import Role
from api.incidents.work_orders.verifiers import DeskAccount, Verifiers, choose_verifiers
from tests.api.incidents.steps import (
    act,
    act_on_order,
    handling,
    notifications,
    open_orders,
    page_of,
    read,
    report,
    reported,
    request_on_order,
    upload,
)
from tests.api.town import EAST, PHOTO, Centre

OPERATOR = DeskAccount(id=1, role=Role.OPERATOR, area_code="510107001")
OTHER_OPERATOR = DeskAccount(id=2, role=Role.OPERATOR, area_code="510107")
SUPERVISOR = DeskAccount(id=3, role=Role.SUPERVISOR, area_code="510107001")
DISTRICT = DeskAccount(id=4, role=Role.SUPERVISOR, area_code="510107")
ADMIN = DeskAccount(id=5, role=Role.ADMIN, area_code="5101")


def test_another_operator_verifies() -> None:
    desks = [OPERATOR, OTHER_OPERATOR, SUPERVISOR]

    assert choose_verifiers(desks, area=EAST, workers={1}) == Verifiers(area=EAST)


def test_the_nearest_supervisor_stands_in_for_the_only_operator() -> None:
    desks = [OPERATOR, SUPERVISOR, DISTRICT, ADMIN]
    chosen = choose_verifiers(desks, area=EAST, workers={1})

    assert chosen == Verifiers(area="510107001", asked=(3,))


def test_the_supervisor_of_the_district_follows_and_then_the_administrator() -> None:
    assert choose_verifiers([OPERATOR, DISTRICT, ADMIN], area=EAST, workers={1}).asked == (4,)
    assert choose_verifiers([DISTRICT, ADMIN], area=EAST, workers={4}).asked == (5,)


def test_without_anybody_else_the_desk_of_the_area_stays_responsible() -> None:
    assert choose_verifiers([OPERATOR], area=EAST, workers={1}) == Verifiers(area=EAST)


async def test_a_sole_operator_who_did_the_work_is_verified_by_the_supervisor(
    centre: Centre,
) -> None:
    incident = await centre.raise_alert(score=0.4)
    after = await act(centre, incident, "dispatch", to={"account": "desk"})
    order = after["order"]["id"]
    await act_on_order(centre, order, "accept", name="desk")
    await act_on_order(centre, order, "start", name="desk")
    await report(centre, order, name="desk")

    waiting = await read(centre, incident)
    assert waiting["responsible"] == {"kind": "desk", "account": None, "area_code": "510107"}
    own = await request_on_order(centre, order, "verify", name="desk", passed=True)
    assert (own.status_code, own.json()["code"]) == (409, "not_yours")
    assert await notifications(centre, "chief") == ["verification"]
    closed = await act_on_order(
        centre, order, "verify", name="chief", passed=True, confirm_still_firing=True
    )
    assert closed["state"] == "closed"


async def test_the_reminders_of_a_verification_pass_over_the_handler(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    order = (await act(centre, incident, "dispatch", to={"account": "desk"}))["order"]["id"]
    await act_on_order(centre, order, "accept", name="desk")
    await act_on_order(centre, order, "start", name="desk")
    await report(centre, order, name="desk")
    before = await centre.notified_accounts()
    centre.clock.advance(hours=25)
    await centre.clock_engine.process_due()

    assert (await centre.notified_accounts())[len(before) :] == ["chief"]


async def test_rework_rings_the_handler_who_reads_its_reason(centre: Centre) -> None:
    incident, order = await reported(centre)
    centre.clock.advance(hours=3)
    await act_on_order(centre, order, "verify", name="desk", passed=False, reason="photo_unclear")

    [again] = await open_orders(centre, "east-1")
    assert (again["state"], again["rework_reason"]) == ("handling", "photo_unclear")
    assert "report" in again["actions"]
    assert await notifications(centre, "east-1") == ["rework"]
    due_at = datetime.fromisoformat((await read(centre, incident))["due_at"])
    assert due_at == centre.clock() + timedelta(hours=24)
    await report(centre, order, photo=PHOTO + b" again")
    assert (await read(centre, incident))["orders"][0]["rework_reason"] == ""


async def test_closing_while_the_camera_still_sees_it_is_warned_of(centre: Centre) -> None:
    _, order = await reported(centre)
    page = await centre.client_of("desk")
    options = (await page.get(f"/v1/orders/{order}")).json()["action_options"]
    refused = await request_on_order(centre, order, "verify", name="desk", passed=True)

    assert {tuple(item["warnings"]) for item in options if item["action"] == "verify"} == {
        ("still_firing",)
    }
    assert (refused.status_code, refused.json()["code"]) == (409, "still_firing")
    closed = await act_on_order(
        centre, order, "verify", name="desk", passed=True, confirm_still_firing=True
    )
    assert closed["state"] == "closed"


async def test_closing_after_the_end_is_not_warned_of(centre: Centre) -> None:
    _, order = await reported(centre)
    async with centre.engine.begin() as connection:
        await connection.execute(text("UPDATE incident SET is_over = true"))

    assert (await act_on_order(centre, order, "verify", name="desk", passed=True))[
        "state"
    ] == "closed"


async def test_rework_is_possible_while_the_camera_still_sees_it(centre: Centre) -> None:
    _, order = await reported(centre)
    after = await act_on_order(
        centre, order, "verify", name="desk", passed=False, reason="not_resolved"
    )

    assert after["state"] == "handling"


async def test_the_verifier_may_say_what_the_incident_was(centre: Centre) -> None:
    incident, order = await reported(centre)
    await act_on_order(
        centre,
        order,
        "verify",
        name="desk",
        passed=True,
        confirm_still_firing=True,
        verdict="benign",
    )

    verdicts = (await read(centre, incident))["verdicts"]
    assert [(item["stage"], item["value"]) for item in verdicts] == [
        ("on_site", "true"),
        ("verify", "benign"),
    ]


async def test_a_helper_does_not_verify(centre: Centre) -> None:
    incident, order = await handling(centre)
    await act(centre, incident, "colleagues", account="desk")
    await report(centre, order)
    own = await request_on_order(centre, order, "verify", name="desk", passed=True)

    assert (own.status_code, own.json()["code"]) == (409, "not_yours")


@pytest.mark.parametrize(
    ("found", "reason_code", "value"),
    [
        (True, None, "true"),
        (False, None, "not_found_on_site"),
        (False, "nothing_there", "not_found_on_site"),
        (False, "fixed_object", "false"),
        (True, "permitted", "benign"),
        (False, "cannot_tell", "unsure"),
    ],
)
async def test_a_worker_says_what_it_was(
    centre: Centre, *, found: bool, reason_code: str | None, value: str
) -> None:
    incident, order = await handling(centre)
    photos = [await upload(centre, "east-1")]
    answer = await act_on_order(
        centre,
        order,
        "report",
        name="east-1",
        photos=photos,
        found=found,
        reason_code=reason_code,
    )
    assert answer["state"] == "feedback"

    verdict = (await read(centre, incident))["verdicts"][-1]
    assert (verdict["value"], verdict["source"]) == (value, "on_site")
    assert verdict["reason"] == (reason_code or "")


async def test_a_phone_learns_the_reasons_of_the_scenario(centre: Centre) -> None:
    _, order = await handling(centre)
    page = await page_of(centre, "east-1")

    options = (await page.get(f"/v1/orders/{order}")).json()["action_options"]

    [reasons] = [option["reasons"] for option in options if option["action"] == "report"]
    assert reasons[0] == "waiting_or_event"
