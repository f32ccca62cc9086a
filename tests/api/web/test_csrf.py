import pytest

from tests.api.town import Centre


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
