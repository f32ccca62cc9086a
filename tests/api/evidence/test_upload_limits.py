"""What is stored is what its name says, and nobody fills the disk."""

import pytest

from api.errors import TooManyAttemptsError, UnprocessableError
from api.evidence import uploads
from api.evidence.content_check import MEDIA_TYPES, check_content
from api.evidence.quota import Quota, check_quota
from tests.api.evidence.test_routes import JPEG, node_upload
from tests.api.incidents.steps import page_of
from tests.api.town import PHOTO, SNAPSHOT, Centre, sha256

STARTS = {
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/webp": b"RIFF\x00\x00\x00\x00WEBP",
    "video/mp4": b"\x00\x00\x00\x18ftypisom",
}


@pytest.mark.parametrize("media_type", sorted(MEDIA_TYPES))
@pytest.mark.parametrize("of", sorted(STARTS))
def test_a_body_is_of_its_media_type(media_type: str, of: str) -> None:
    if media_type == of:
        check_content(media_type, STARTS[of])
    else:
        with pytest.raises(UnprocessableError, match="content_differs"):
            check_content(media_type, STARTS[of])


@pytest.mark.parametrize("used", [Quota(3, 0), Quota(0, 100), Quota(2, 91)])
def test_a_quota_counts_files_and_bytes(used: Quota) -> None:
    with pytest.raises(TooManyAttemptsError):
        check_quota(Quota(3, 100), used, size=10)
    check_quota(Quota(3, 100), Quota(2, 90), size=10)


async def test_a_page_is_not_stored_as_a_picture(centre: Centre) -> None:
    page, body = await page_of(centre, "east-1"), b"<script>alert(1)</script>"

    answer = await page.put(f"/v1/evidence/{sha256(body)}", content=body, headers=JPEG)

    assert (answer.status_code, answer.json()["code"]) == (422, "content_differs")


async def test_an_account_and_a_node_have_a_quota_of_their_own_for_a_day(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "ACCOUNT_QUOTA", Quota(1, 10_000))
    monkeypatch.setattr(uploads, "NODE_QUOTA", Quota(1, 10_000))
    bodies = [PHOTO + bytes([k]) for k in range(3)]

    async def put(body: bytes) -> int:
        page = await page_of(centre, "east-1")
        path = f"/v1/evidence/{sha256(body)}"
        return (await page.put(path, content=body, headers=JPEG)).status_code

    node = centre.anonymous_client()
    assert [await put(body) for body in bodies[:2]] == [201, 429]
    assert await put(bodies[0]) == 200, "what is stored is confirmed"
    assert (await node.put(**node_upload(SNAPSHOT))).status_code == 201
    refused = await node.put(**node_upload(SNAPSHOT + b"2"))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")

    centre.clock.advance(hours=25)
    assert await put(bodies[1]) == 201
