import pytest

from tests.api.town import Centre


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://centre.example", "centre.example:80"),
        ("http://centre.example:80", "centre.example"),
        ("https://centre.example", "centre.example:443"),
        ("http://centre.example:8080", "centre.example:8080"),
        ("http://[::1]:8080", "[::1]:8080"),
    ],
)
async def test_a_default_port_makes_no_other_site(centre: Centre, origin: str, host: str) -> None:
    headers = {"Origin": origin, "Host": host}
    answer = await (await centre.client_of("desk")).post("/v1/logout", headers=headers)

    assert answer.status_code == 204


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://centre.example", "127.0.0.1:8080"),
        ("https://centre.example", "centre.example:80"),
        ("null", "centre.example"),
        ("http://centre.example:99999", "centre.example"),
    ],
)
async def test_a_refused_page_is_told_both_addresses_and_the_fix(
    centre: Centre, origin: str, host: str
) -> None:
    headers = {"Origin": origin, "Host": host}
    answer = await (await centre.client_of("desk")).post("/v1/logout", headers=headers)

    assert answer.status_code == 403
    assert all(part in answer.json()["detail"] for part in (origin, host, "proxy_set_header Host"))


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
