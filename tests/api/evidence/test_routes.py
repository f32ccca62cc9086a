"""Uploads of nodes and phones, and who may view them."""

from typing import Any

import pytest
from sqlalchemy import text

from api.evidence.blobs import MAX_BYTES
from pipeline.wire import sign
from tests.api.alerts import ALERT_NODE, KEY
from tests.api.town import PHOTO, SNAPSHOT, Centre, sha256

JPEG = {"Content-Type": "image/jpeg"}


def node_upload(body: bytes, *, named: str | None = None, key: bytes = KEY) -> dict[str, Any]:
    """Return the arguments of an upload signed by a node."""
    path = f"/v1/evidence/{named or sha256(body)}"
    headers = {"X-Gridwatch-Node": str(ALERT_NODE), "X-Gridwatch-Signature": sign(key, path, body)}
    return {"url": path, "content": body, "headers": {**JPEG, **headers}}


async def test_a_node_uploads_once_and_every_view_is_recorded(centre: Centre) -> None:
    incident = await centre.raise_alert()
    page, desk = centre.anonymous_client(), await centre.client_of("desk")
    first, again = await page.put(**node_upload(SNAPSHOT)), await page.put(**node_upload(SNAPSHOT))
    picture = await desk.get(f"/v1/evidence/{sha256(SNAPSHOT)}")

    assert (first.status_code, again.status_code) == (201, 200)
    assert (picture.content, picture.headers["content-type"]) == (SNAPSHOT, "image/jpeg")
    assert picture.headers["x-content-type-options"] == "nosniff"
    shown = (await desk.get(f"/v1/incidents/{incident}")).json()
    expected = {"sha256": sha256(SNAPSHOT), "available": True, "content": None}
    assert shown["snapshot"] == expected
    async with centre.engine.connect() as connection:
        views = text("SELECT actor, incident FROM audit_log WHERE action = 'look'")
        assert [tuple(row) for row in await connection.execute(views)] == [("desk", incident)]


async def test_a_video_player_gets_the_requested_part(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.anonymous_client().put(**node_upload(SNAPSHOT))
    desk, path = await centre.client_of("desk"), f"/v1/evidence/{sha256(SNAPSHOT)}"

    whole = await desk.get(path)
    part = await desk.get(path, headers={"Range": "bytes=2-5"})
    after_end = await desk.get(path, headers={"Range": "bytes=999999-"})

    assert whole.headers["accept-ranges"] == "bytes"
    assert (part.status_code, part.content) == (206, SNAPSHOT[2:6])
    assert part.headers["content-range"] == f"bytes 2-5/{len(SNAPSHOT)}"
    assert (after_end.status_code, after_end.json()["code"]) == (416, "no_such_range")


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
