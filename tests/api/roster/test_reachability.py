"""Who can be reached now: by an open page, or by a channel that was tested."""

from datetime import datetime, timedelta
from typing import Any

from tests.api.databases import rows
from tests.api.notify.test_receipts import set_sms
from tests.api.town import EAST, GRID, Centre


async def read(
    centre: Centre, area: str | None = None, *, at: datetime | None = None
) -> dict[str, Any]:
    desk = await centre.client_of("desk")
    params = ({"area": area} if area else {}) | ({"at": at.isoformat()} if at else {})
    answer = await desk.get("/v1/reachability", params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def reasons(body: dict[str, Any]) -> dict[str, str]:
    return {person["account"]: person["reason"] for person in body["people"]}


async def test_without_channels_only_who_has_a_page_open_can_be_reached(centre: Centre) -> None:
    presence = centre.app.state.presence
    [(east,)] = await rows(centre.engine, "SELECT id FROM account WHERE name = 'east-1'")
    before = await read(centre, EAST)
    async with presence.stream_of(east), presence.stream_of(east):
        await presence.store()
        centre.clock.advance(seconds=20)
        await presence.store()
        online = await read(centre, EAST)
    await presence.store()
    after = await read(centre, EAST)

    assert reasons(before) == {"east-1": "no_channel", "east-2": "no_channel"}
    assert (before["unreachable_areas"], before["reachable"], before["total"]) == (1, 0, 2)
    assert reasons(online) == {"east-2": "no_channel", "east-1": "online"}
    assert online["areas"] == [
        {
            "area": EAST,
            "area_path": ["City", "District", "Street", "Community", "Grid", "East"],
            "on_duty": 2,
            "reachable": 1,
        }
    ]
    [_, person] = online["people"]
    assert person["online_since"] < online["at"]
    assert (person["duty"], person["last_online_at"]) == ([EAST], None)
    assert reasons(after) == {"east-1": "no_channel", "east-2": "no_channel"}
    assert after["people"][0]["last_online_at"] == after["at"]


async def test_a_process_that_dies_leaves_nobody_online(centre: Centre) -> None:
    presence = centre.app.state.presence
    [(east,)] = await rows(centre.engine, "SELECT id FROM account WHERE name = 'east-1'")
    async with presence.stream_of(east):
        await presence.store()
        centre.clock.advance(seconds=26)
        assert (await read(centre, EAST))["reachable"] == 0


async def test_a_tested_channel_counts_for_thirty_days(centre: Centre) -> None:
    await set_sms(centre, "east-1")
    untested = reasons(await read(centre, EAST))["east-1"]
    desk = await centre.client_of("desk")
    path = "/v1/accounts/east-1/test-notification"
    [test] = (await desk.post(path, json={"channel": "sms"})).json()["items"]
    await (await centre.client_of("east-1")).post(f"/v1/notifications/{test['id']}/delivered")
    tested = reasons(await read(centre, EAST))["east-1"]

    assert (untested, tested) == ("not_tested", "tested")


async def test_later_only_tested_channels_of_the_next_shift_count(centre: Centre) -> None:
    await set_sms(centre, "east-1")
    desk = await centre.client_of("desk")
    path = "/v1/accounts/east-1/test-notification"
    [test] = (await desk.post(path, json={"channel": "sms"})).json()["items"]
    await (await centre.client_of("east-1")).post(f"/v1/notifications/{test['id']}/delivered")
    now, presence = centre.clock(), centre.app.state.presence
    [(online,)] = await rows(centre.engine, "SELECT id FROM account WHERE name = 'east-2'")
    async with presence.stream_of(online):
        await presence.store()
        today = reasons(await read(centre, EAST))
        later = reasons(await read(centre, EAST, at=now + timedelta(hours=1)))
        after_the_shifts = reasons(await read(centre, EAST, at=now + timedelta(days=13)))
        earlier = reasons(await read(centre, EAST, at=now - timedelta(hours=1)))

    assert today == {"east-1": "tested", "east-2": "online"}
    assert later == {"east-1": "tested", "east-2": "no_channel"}
    assert after_the_shifts == {}
    assert earlier == today


async def test_the_desk_is_listed_and_other_areas_are_not_visible(centre: Centre) -> None:
    body = await read(centre)
    elsewhere = await (await centre.client_of("desk")).get(
        "/v1/reachability", params={"area": "510108"}
    )
    worker = await (await centre.client_of("east-1")).get("/v1/reachability")

    assert set(reasons(body)) == {"east-1", "east-2", "head", "desk", "chief"}
    assert [area["area"] for area in body["areas"]] == [GRID, EAST]
    assert (elsewhere.status_code, worker.status_code) == (404, 403)


async def test_coverage_names_the_areas_whose_people_on_duty_cannot_be_reached(
    centre: Centre,
) -> None:
    await centre.raise_alert()
    desk = await centre.client_of("desk")
    presence = centre.app.state.presence
    before = (await desk.get("/v1/coverage")).json()
    [(head,)] = await rows(centre.engine, "SELECT id FROM account WHERE name = 'head'")
    async with presence.stream_of(head):
        centre.clock.advance(seconds=10)
        await presence.store()
        after = (await desk.get("/v1/coverage")).json()

    path = ["City", "District", "Street", "Community", "Grid"]
    assert before["unreachable"] == [{"area": GRID, "area_path": path, "on_duty": 3}]
    assert (before["unreachable_now"], before["nobody_now"]) == (1, 0)
    assert (after["unreachable_now"], after["unreachable"]) == (0, [])
