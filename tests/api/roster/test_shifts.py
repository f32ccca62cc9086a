"""The roster is changed by the desk: what has passed stays, and nobody else leaves."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from tests.api.databases import rows, scalar
from tests.api.incidents.steps import page_of
from tests.api.town import EAST, GRID, WEST, Centre

EVENING = {"starts_at": "2026-11-23T20:00:00Z", "ends_at": "2026-11-23T23:00:00Z"}
TOMORROW = {"starts_at": "2026-11-24T08:00:00Z", "ends_at": "2026-11-24T20:00:00Z"}
IN_TEN_MINUTES = "2026-11-23T12:10:00Z"


async def request(
    centre: Centre,
    method: str,
    path: str,
    *,
    by: str = "chief",
    key: str = "",
    json: object = None,
    params: dict[str, Any] | None = None,
) -> httpx.Response:
    page = await centre.client_of(by)
    headers = {"Idempotency-Key": key} if key else {}
    return await page.request(method, f"/v1/{path}", headers=headers, json=json, params=params)


async def plan(centre: Centre, account: str = "west-1", **fields: str) -> dict[str, Any]:
    body = {"account": account, "area": EAST, **TOMORROW, **fields}
    response = await request(centre, "POST", "shifts", json=body)
    assert response.status_code == 201, response.text
    shift: dict[str, Any] = response.json()
    return shift


async def running_shift(centre: Centre, account: str = "east-1") -> dict[str, Any]:
    listed = await request(centre, "GET", "shifts", params={"area": GRID})
    return next(shift for shift in listed.json()["items"] if shift["account"] == account)


async def on_duty(centre: Centre, at: str | None = None) -> list[str]:
    """Return who is notified first in the east."""
    point = {"lon": 104.005, "lat": 30.605} | ({"at": at} if at else {})
    duty = (await request(centre, "GET", "duty", params=point)).json()
    return sorted(worker["account"] for worker in duty["on_duty"] if worker["step"] == 1)


async def audit_actions(centre: Centre) -> list[str]:
    query = "SELECT action FROM audit_log WHERE actor = 'chief' AND detail ? 'shift' ORDER BY seq"
    return [action for (action,) in await rows(centre.engine, query)]


async def test_a_shift_is_planned_corrected_and_deleted(centre: Centre) -> None:
    shift = await plan(centre)
    path = f"shifts/{shift['id']}"
    earlier = {"version": 1, "starts_at": "2026-11-24T07:00:00Z", "account": "east-2"}
    corrected = (await request(centre, "PATCH", path, json=earlier)).json()
    assert (corrected["account"], corrected["version"]) == ("east-2", 2)
    assert await on_duty(centre, "2026-11-24T07:30:00Z") == ["east-2"]

    assert (await request(centre, "DELETE", path, params={"version": 2})).status_code == 204
    assert await on_duty(centre, "2026-11-24T07:30:00Z") == []
    expected = ["shift_planned", "shift_corrected", "shift_deleted"]
    assert await audit_actions(centre) == expected


async def test_a_replacement_takes_the_place_of_one_person_for_its_hours(centre: Centre) -> None:
    shift = await running_shift(centre)
    body = {"account": "west-1", "version": 1, "ends_at": "2026-11-23T14:00:00Z"}
    replaced = await request(centre, "POST", f"shifts/{shift['id']}/replacements", json=body)

    assert replaced.status_code == 201, replaced.text
    facts = replaced.json()
    assert (facts["replaced_account"], facts["source"]) == ("east-1", "override")
    assert facts["starts_at"] == "2026-11-23T12:00:00Z"
    assert await on_duty(centre) == ["east-2", "west-1"]
    assert await on_duty(centre, "2026-11-23T14:00:00Z") == ["east-1", "east-2"]
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    assert await centre.notified_accounts() == ["east-2", "west-1"]


async def test_a_call_up_adds_a_person_even_during_their_own_shift(centre: Centre) -> None:
    for account in ("west-1", "east-1"):
        body = {"account": account, "area": EAST, "ends_at": IN_TEN_MINUTES, "approved_by": "chief"}
        called = await request(centre, "POST", "call-ups", json=body)
        assert called.status_code == 201, called.text
        assert called.json()["approved_by"] == "chief"

    assert await on_duty(centre) == ["east-1", "east-2", "west-1"]
    assert await on_duty(centre, IN_TEN_MINUTES) == ["east-1", "east-2"]


async def test_deleting_a_replacement_brings_the_colleague_back(centre: Centre) -> None:
    shift = await plan(centre, "east-1")
    body = {"account": "west-1", "version": 1}
    path = f"shifts/{shift['id']}/replacements"
    override = (await request(centre, "POST", path, json=body)).json()
    assert await on_duty(centre, TOMORROW["starts_at"]) == ["west-1"]

    await request(centre, "DELETE", f"shifts/{override['id']}", params={"version": 1})
    assert await on_duty(centre, TOMORROW["starts_at"]) == ["east-1"]


async def test_deleting_a_replaced_shift_leaves_the_substitute_on_duty(centre: Centre) -> None:
    shift = await plan(centre, "east-1")
    path = f"shifts/{shift['id']}"
    body = {"account": "west-1", "version": 1}
    await request(centre, "POST", f"{path}/replacements", json=body)
    await request(centre, "DELETE", path, params={"version": 1})

    assert await on_duty(centre, TOMORROW["starts_at"]) == ["west-1"]


async def test_a_substitute_of_two_deleted_shifts_stays_on_duty_once(centre: Centre) -> None:
    paths = [f"shifts/{(await plan(centre, name))['id']}" for name in ("east-1", "east-2")]
    for path in paths:
        body = {"account": "west-1", "version": 1}
        replaced = await request(centre, "POST", f"{path}/replacements", json=body)
        assert replaced.status_code == 201
    for path in paths:
        deleted = await request(centre, "DELETE", path, params={"version": 1})
        assert deleted.status_code == 204

    assert await on_duty(centre, TOMORROW["starts_at"]) == ["west-1"]


async def test_a_running_shift_ends_now_and_keeps_its_past(centre: Centre) -> None:
    shift = await running_shift(centre)
    path = f"shifts/{shift['id']}"
    other_person = {"version": 1, "account": "west-1"}
    refused = await request(centre, "PATCH", path, json=other_person)
    longer = await request(
        centre, "PATCH", path, json={"version": 1, "ends_at": EVENING["ends_at"]}
    )
    ended = await request(centre, "DELETE", path, params={"version": 2})

    assert (refused.status_code, refused.json()["code"]) == (422, "has_begun")
    assert longer.json()["starts_at"] == "2026-11-23T08:00:00Z"
    assert ended.status_code == 204
    assert await on_duty(centre, "2026-11-23T11:59:00Z") == ["east-1", "east-2"]
    assert await on_duty(centre) == ["east-2"]


async def test_a_past_shift_never_changes(centre: Centre) -> None:
    shift = await running_shift(centre)
    path = f"shifts/{shift['id']}"
    centre.clock.advance(hours=8)
    await page_of(centre, "chief")
    longer = {"version": 1, "ends_at": "2026-11-24T01:00:00Z"}
    for response in (
        await request(centre, "PATCH", path, json=longer),
        await request(centre, "DELETE", path, params={"version": 1}),
    ):
        assert response.status_code == 409
        assert (response.json()["code"], response.json()["state"]) == ("wrong_state", "past")


async def test_hours_that_have_passed_are_left_out_of_a_new_shift(centre: Centre) -> None:
    shift = await plan(centre, starts_at="2026-11-23T00:00:00Z")

    assert shift["starts_at"] == "2026-11-23T12:00:00Z"


async def test_of_two_corrections_of_one_version_one_succeeds(centre: Centre) -> None:
    shift = await plan(centre)
    path = f"shifts/{shift['id']}"
    await centre.client_of("chief")
    answers = await asyncio.gather(
        *(
            request(centre, "PATCH", path, json={"version": 1, "ends_at": f"2026-11-24T{hour}:00Z"})
            for hour in (18, 19)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"stale"}


async def test_a_repeated_request_takes_effect_once(centre: Centre) -> None:
    body = {"account": "west-1", "area": EAST, **TOMORROW}
    first, again = [
        await request(centre, "POST", "shifts", json=body, key="plan-1") for _ in range(2)
    ]
    path = f"shifts/{first.json()['id']}"
    correction = {"version": 1, "ends_at": "2026-11-24T21:00:00Z"}
    corrected = [
        await request(centre, "PATCH", path, json=correction, key="correct-1") for _ in range(2)
    ]
    deleted = [
        await request(centre, "DELETE", path, params={"version": 2}, key="delete-1")
        for _ in range(2)
    ]
    reused = await request(centre, "DELETE", path, params={"version": 2}, key="plan-1")

    assert first.json() == again.json()
    assert [answer.json()["version"] for answer in corrected] == [2, 2]
    assert [answer.status_code for answer in deleted] == [204, 204]
    assert (reused.status_code, reused.json()["code"]) == (422, "key_reused")
    assert await audit_actions(centre) == ["shift_planned", "shift_corrected", "shift_deleted"]


async def test_a_repeated_request_is_answered_after_its_hours_have_passed(centre: Centre) -> None:
    body = {"account": "west-1", "area": EAST, "ends_at": IN_TEN_MINUTES, "approved_by": "chief"}
    first = await request(centre, "POST", "call-ups", json=body, key="call-1")
    centre.clock.advance(minutes=11)
    again = await request(centre, "POST", "call-ups", json=body, key="call-1")

    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])


@pytest.mark.parametrize(
    ("account", "status"), [("desk", 403), ("east-1", 403), ("desk-elsewhere", 403)]
)
async def test_only_a_supervisor_of_the_area_changes_the_roster(
    centre: Centre, account: str, status: int
) -> None:
    body = {"account": "west-1", "area": EAST, **TOMORROW}

    assert (await request(centre, "POST", "shifts", by=account, json=body)).status_code == status


REFUSED = {
    "an unknown account": ({"account": "nobody"}, "no_such_account"),
    "an end in the past": ({"ends_at": "2026-11-23T11:00:00Z"}, "no_hours"),
    "an end before the start": ({"ends_at": "2026-11-24T07:00:00Z"}, "no_hours"),
    "an end at the edge of the calendar": ({"ends_at": "9999-12-31T23:59:59Z"}, "too_far_ahead"),
    "an overlap": ({"account": "east-1", "starts_at": "2026-11-23T19:00:00Z"}, "overlaps"),
    "an unknown area": ({"area": f"{GRID}999"}, "no_such_area"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
async def test_an_impossible_shift_is_refused_with_its_reason(
    centre: Centre, case: tuple[dict[str, str], str]
) -> None:
    fields, code = case
    body = {"account": "west-1", "area": EAST, **TOMORROW, **fields}
    response = await request(centre, "POST", "shifts", json=body)

    assert response.json()["code"] == code
    assert await scalar(centre.engine, "SELECT count(*) FROM shift") == 3


async def test_a_correction_may_not_overlap_another_shift_of_the_person(centre: Centre) -> None:
    await plan(centre)
    later = await plan(centre, starts_at="2026-11-24T20:00:00Z", ends_at="2026-11-24T22:00:00Z")
    body = {"version": 1, "starts_at": "2026-11-24T19:00:00Z"}
    response = await request(centre, "PATCH", f"shifts/{later['id']}", json=body)

    assert (response.status_code, response.json()["code"]) == (422, "overlaps")


@pytest.mark.parametrize("approver", ["desk", "east-1", "nobody"])
async def test_a_call_up_is_approved_by_a_supervisor(centre: Centre, approver: str) -> None:
    body = {"account": "west-1", "area": EAST, "ends_at": IN_TEN_MINUTES, "approved_by": approver}
    response = await request(centre, "POST", "call-ups", json=body)

    assert (response.status_code, response.json()["code"]) == (422, "may_not_approve")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"account": "east-1"}, "same_person"),
        ({"ends_at": "2026-11-23T21:00:00Z"}, "outside_the_shift"),
        ({"version": 7}, "stale"),
    ],
)
async def test_a_replacement_that_contradicts_its_shift_is_refused(
    centre: Centre, fields: dict[str, Any], code: str
) -> None:
    shift = await running_shift(centre)
    body = {"account": "west-1", "version": 1, **fields}
    response = await request(centre, "POST", f"shifts/{shift['id']}/replacements", json=body)

    assert response.json()["code"] == code


async def test_shifts_are_listed_by_start_page_by_page(centre: Centre) -> None:
    await plan(centre)
    params: dict[str, Any] = {"area": GRID, "end": "2026-11-25T00:00Z", "limit": 3}
    first = (await request(centre, "GET", "shifts", by="desk", params=params)).json()
    second = (
        await request(centre, "GET", "shifts", by="desk", params=params | {"cursor": first["next"]})
    ).json()

    assert {shift["account"] for shift in first["items"]} == {"east-1", "east-2", "head"}
    assert [shift["account"] for shift in second["items"]] == ["west-1"]
    assert second["next"] is None


@pytest.mark.parametrize(
    "params",
    [
        {"start": "9999-12-31T23:59:59Z"},
        {"start": "0001-01-01T00:00:00+14:00"},
        {"end": "2027-11-24T00:00Z"},
        {"start": "2026-11-23T00:00Z", "end": "2026-11-22T00:00Z"},
    ],
)
async def test_an_impossible_period_is_refused(centre: Centre, params: dict[str, str]) -> None:
    listed = await request(centre, "GET", "shifts", params={"area": GRID, **params})
    point = {"lon": 104.005, "lat": 30.605, "at": "0001-01-01T00:00:00+14:00"}

    assert (listed.status_code, listed.json()["code"]) == (422, "bad_period")
    assert (await request(centre, "GET", "duty", params=point)).status_code == 422


async def test_a_shift_of_another_area_is_not_found(centre: Centre) -> None:
    shift = await running_shift(centre)
    async with centre.engine.begin() as connection:
        move = text("UPDATE account SET area_code = '510108' WHERE name = 'chief'")
        await connection.execute(move)
    other, unknown = shift["id"], uuid4()
    for path in (f"shifts/{other}", f"shifts/{unknown}"):
        response = await request(centre, "PATCH", path, json={"version": 1})
        assert (response.status_code, response.json()["code"]) == (404, "no_such_shift")
    listed = await request(centre, "GET", "shifts", params={"area": WEST})
    assert listed.status_code == 404
