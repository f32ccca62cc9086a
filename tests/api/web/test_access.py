"""Who comes in, from where, and who may look at pictures."""

from typing import Any

import pytest
from sqlalchemy import text

from api.evidence.blobs import MAX_BYTES
from pipeline.wire import sign
from tests.api.alerts import ALERT_NODE, KEY
from tests.api.town import PASSWORD, PHOTO, SNAPSHOT, Centre, sha256

JPEG = {"Content-Type": "image/jpeg"}


def node_upload(body: bytes, *, named: str | None = None, key: bytes = KEY) -> dict[str, Any]:
    """Upload as a box does, with its signature."""
    path = f"/v1/evidence/{named or sha256(body)}"
    headers = {"X-Gridwatch-Node": str(ALERT_NODE), "X-Gridwatch-Signature": sign(key, path, body)}
    return {"url": path, "content": body, "headers": {**JPEG, **headers}}


async def test_login_returns_the_account_and_its_area(centre: Centre) -> None:
    told = (await (await centre.client_of("desk")).get("/v1/me")).json()

    assert told == {
        "name": "desk",
        "role": "operator",
        "language": "en",
        "home": "console",
        "area": {"code": "510107", "name": "District", "level": "district"},
    }


async def test_a_session_expires(centre: Centre) -> None:
    page = await centre.client_of("desk")
    centre.clock.advance(hours=12, seconds=1)
    assert (await page.get("/v1/me")).status_code == 401


async def test_the_cookie_is_invalid_after_logout(centre: Centre) -> None:
    page = await centre.client_of("desk")
    token = page.cookies["gridwatch_login"]
    await page.post("/v1/logout")
    thief = centre.anonymous_client()
    thief.cookies.set("gridwatch_login", token)

    assert (await thief.get("/v1/me")).status_code == 401


async def test_the_database_stores_no_session_token(centre: Centre) -> None:
    token = (await centre.client_of("desk")).cookies["gridwatch_login"]
    async with centre.engine.connect() as connection:
        [stored] = (await connection.execute(text("SELECT token_hash FROM login"))).scalars()

    assert token.encode() not in bytes(stored)


async def test_guessing_passwords_is_slowed_down_more_and_more(centre: Centre) -> None:
    page = centre.anonymous_client()
    given = {"name": "desk", "password": "wrong"}
    wrong = [(await page.post("/v1/login", json=given)).status_code for _ in range(5)]
    held = await page.post("/v1/login", json={**given, "password": PASSWORD})
    centre.clock.advance(minutes=1)
    late = await page.post("/v1/login", json={**given, "password": PASSWORD})

    assert wrong == [401] * 5
    assert (held.status_code, int(held.headers["retry-after"]) > 0) == (429, True)
    assert late.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=["by origin", "by fetch metadata"],
)
async def test_a_change_requested_by_another_site_is_refused(
    centre: Centre, headers: dict[str, str]
) -> None:
    answer = await (await centre.client_of("desk")).post("/v1/logout", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "other_site")


async def test_a_node_uploads_once_and_every_view_is_recorded(centre: Centre) -> None:
    incident = await centre.raise_alert()
    page, desk = centre.anonymous_client(), await centre.client_of("desk")
    first, again = await page.put(**node_upload(SNAPSHOT)), await page.put(**node_upload(SNAPSHOT))
    picture = await desk.get(f"/v1/evidence/{sha256(SNAPSHOT)}")

    assert (first.status_code, again.status_code) == (201, 200)
    assert (picture.content, picture.headers["content-type"]) == (SNAPSHOT, "image/jpeg")
    assert picture.headers["x-content-type-options"] == "nosniff"
    told = (await desk.get(f"/v1/incidents/{incident}")).json()
    assert told["snapshot"] == {"sha256": sha256(SNAPSHOT), "available": True}
    async with centre.engine.connect() as connection:
        looks = text("SELECT actor, incident FROM audit_log WHERE action = 'look'")
        assert [tuple(row) for row in await connection.execute(looks)] == [("desk", incident)]


async def test_a_video_player_gets_the_requested_part(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.anonymous_client().put(**node_upload(SNAPSHOT))
    desk, path = await centre.client_of("desk"), f"/v1/evidence/{sha256(SNAPSHOT)}"

    whole = await desk.get(path)
    part = await desk.get(path, headers={"Range": "bytes=2-5"})
    behind = await desk.get(path, headers={"Range": "bytes=999999-"})

    assert whole.headers["accept-ranges"] == "bytes"
    assert (part.status_code, part.content) == (206, SNAPSHOT[2:6])
    assert part.headers["content-range"] == f"bytes 2-5/{len(SNAPSHOT)}"
    assert (behind.status_code, behind.json()["code"]) == (416, "no_such_range")


async def test_a_snapshot_is_visible_to_those_who_see_its_incident(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.anonymous_client().put(**node_upload(SNAPSHOT))
    path = f"/v1/evidence/{sha256(SNAPSHOT)}"

    assert (await centre.anonymous_client().get(path)).status_code == 401
    assert (await (await centre.client_of("desk-elsewhere")).get(path)).status_code == 404
    assert (await (await centre.client_of("west-1")).get(path)).status_code == 404


async def test_a_worker_s_photo_is_private_until_it_is_reported(centre: Centre) -> None:
    mine, other = await centre.client_of("east-1"), await centre.client_of("desk")
    path = f"/v1/evidence/{sha256(PHOTO)}"
    await mine.put(path, content=PHOTO, headers=JPEG)

    assert (await mine.get(path)).content == PHOTO
    assert (await other.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (node_upload(PHOTO, key=bytes(32)), 403),
        (node_upload(PHOTO, named="0" * 64), 422),
        (node_upload(PHOTO, named="no-hash"), 422),
        (node_upload(b"x" * (MAX_BYTES + 1)), 413),
        ({"url": f"/v1/evidence/{sha256(PHOTO)}", "content": PHOTO, "headers": JPEG}, 401),
    ],
    ids=["wrong key", "another name", "no name", "too large", "nobody"],
)
async def test_invalid_uploads_are_refused(
    centre: Centre, request_: dict[str, Any], status: int
) -> None:
    assert (await centre.anonymous_client().put(**request_)).status_code == status


async def test_a_node_that_is_not_enrolled_is_refused(centre: Centre) -> None:
    request = node_upload(PHOTO)
    request["headers"]["X-Gridwatch-Node"] = "demo/market/box-9"

    assert (await centre.anonymous_client().put(**request)).json()["code"] == "unknown_node"


async def test_html_is_refused_as_evidence(centre: Centre) -> None:
    request = node_upload(b"<script>")
    request["headers"]["Content-Type"] = "text/html"

    assert (await centre.anonymous_client().put(**request)).status_code == 422
