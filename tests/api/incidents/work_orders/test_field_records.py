"""What a worker recorded without a network and the centre refuses goes to the desk."""

from datetime import timedelta
from uuid import UUID

from tests.api.incidents.steps import Item, accepted, act, page_of, read, request_on_order, upload
from tests.api.town import PHOTO, Centre, sha256


async def hand_over(centre: Centre, order: str, name: str, **body: object) -> int:
    page = await page_of(centre, name)
    headers = {"Idempotency-Key": str(body.pop("key"))} if "key" in body else {}
    record = {
        "action": "report",
        "refused_as": "wrong_state",
        "recorded_at": centre.clock().isoformat(),
        **body,
    }
    path = f"/v1/orders/{order}/field-records"
    return (await page.post(path, json=record, headers=headers)).status_code


async def recalled(centre: Centre) -> tuple[UUID, str]:
    """Return an incident and its order, which was recalled while its worker was offline."""
    incident, order = await accepted(centre)
    await act(centre, incident, "recall", reason="no_answer", to="desk")
    return incident, order


async def records(centre: Centre, incident: UUID) -> list[Item]:
    items: list[Item] = (await read(centre, incident))["field_records"]
    return items


async def test_a_report_on_a_recalled_order_is_refused_and_reaches_the_desk(centre: Centre) -> None:
    incident, order = await recalled(centre)
    photos = [await upload(centre, "east-1")]
    refused = await request_on_order(
        centre, order, "report", name="east-1", photos=photos, found=True
    )
    assert refused.status_code == 409

    status = await hand_over(centre, order, "east-1", photos=photos, found=True, note="cleared")

    assert status == 201
    [record] = await records(centre, incident)
    assert (record["account"], record["note"], record["photos"]) == ("east-1", "cleared", photos)
    desk = await page_of(centre, "desk")
    assert (await desk.get(f"/v1/evidence/{photos[0]}")).content == PHOTO
    assert (await read(centre, incident))["history"][-1]["action"] == "field_record"


async def test_a_repeated_record_is_stored_once(centre: Centre) -> None:
    incident, order = await recalled(centre)

    for _ in range(2):
        assert await hand_over(centre, order, "east-1", note="cleared", key="record-1") == 201

    assert len(await records(centre, incident)) == 1


async def test_a_wrong_clock_of_the_phone_is_corrected(centre: Centre) -> None:
    incident, order = await recalled(centre)
    now = centre.clock()

    for years in (-60, 500):
        recorded_at = (now + timedelta(days=365 * years)).isoformat()
        assert await hand_over(centre, order, "east-1", recorded_at=recorded_at) == 201

    order_times = [record["recorded_at"] for record in await records(centre, incident)]
    assert order_times[0] <= order_times[1] <= now.isoformat().replace("+00:00", "Z")


async def test_a_photo_of_the_record_has_to_be_uploaded_first(centre: Centre) -> None:
    _, order = await recalled(centre)

    assert await hand_over(centre, order, "east-1", photos=[sha256(b"not uploaded")]) == 422


async def test_nobody_can_add_to_an_order_that_they_may_not_see(centre: Centre) -> None:
    _, order = await recalled(centre)

    assert await hand_over(centre, order, "west-1", note="mine") == 404


async def test_a_worker_reads_who_took_the_order_back_and_why(centre: Centre) -> None:
    _, order = await recalled(centre)

    page = await page_of(centre, "east-1")
    read_order = (await page.get(f"/v1/orders/{order}")).json()
    assert read_order["withdrawal"] == {"account": "desk", "reason": "no_answer"}
    [recall] = [
        item
        for item in (await page.get("/v1/notifications")).json()["items"]
        if item["kind"] == "recall"
    ]
    assert recall["order"] == order


async def test_the_next_worker_reads_from_whom_the_order_was_taken(centre: Centre) -> None:
    incident, _ = await accepted(centre)
    await act(centre, incident, "reassign", reason="nearer", to={"account": "east-2"})

    page = await page_of(centre, "east-2")
    [order] = (await page.get("/v1/orders", params={"mine": True, "open": True})).json()["items"]
    assert order["reassignment"] == {"account": "desk", "reason": "nearer"}
    assert order["withdrawal"] is None


async def test_a_rejection_tells_those_who_hold_the_order(centre: Centre) -> None:
    incident, order = await accepted(centre)
    await act(centre, incident, "reject", reason_code="already_known")

    page = await page_of(centre, "east-1")
    assert (await page.get(f"/v1/orders/{order}")).json()["withdrawal"] == {
        "account": "desk",
        "reason": "already_known",
    }
    kinds = [item["kind"] for item in (await page.get("/v1/notifications")).json()["items"]]
    assert "recall" in kinds
