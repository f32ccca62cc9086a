"""The built console and phone page."""

import dataclasses

import httpx
import pytest

from api.app import create_app
from tests.api.town import Centre


@pytest.fixture
def built(centre: Centre) -> Centre:
    """A centre whose console has been built."""
    dist = centre.services.console
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("the console")
    (dist / "phone.html").write_text("the phone")
    (dist / "assets" / "app-1a2b.js").write_text("let x")
    (dist.parent / "secret.txt").write_text("secret")
    return centre


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/", "the console"),
        ("/incidents/42", "the console"),
        ("/phone", "the phone"),
        ("/phone/orders/42", "the phone"),
        ("/assets/app-1a2b.js", "let x"),
    ],
)
async def test_each_address_returns_its_page(built: Centre, path: str, content: str) -> None:
    answer = await built.anonymous_client().get(path)

    assert (answer.status_code, answer.text) == (200, content)
    policy = set(answer.headers["content-security-policy"].split("; "))
    assert {"script-src 'self'", "object-src 'none'", "base-uri 'none'"} <= policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/gridwatch/", "/gridwatch", "/gridwatch/queue", "/queue"])
async def test_below_a_base_path_pages_find_their_files(centre: Centre, path: str) -> None:
    dist = centre.services.console
    dist.mkdir(parents=True)
    (dist / "index.html").write_text(
        '<meta name="base-path" content="/" /><script src="./assets/app.js"></script>'
    )
    services = dataclasses.replace(centre.services, base_path="/gridwatch")
    app = create_app(services, centre.live, centre.app.state.evidence)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://centre") as client:
        page = await client.get(path)
        health = await client.get("/gridwatch/v1/health")

    assert page.text == (
        '<meta name="base-path" content="/gridwatch/" />'
        '<script src="/gridwatch/assets/app.js"></script>'
    )
    assert health.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none.js",
        "/assets/",
        "/favicon.ico",
        "/v1/none",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
    ],
)
async def test_a_missing_file_is_a_problem_and_no_other_file_is_readable(
    built: Centre, path: str
) -> None:
    answer = await built.anonymous_client().get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_without_a_build_a_plain_page_explains_how_to_build(centre: Centre) -> None:
    assert "make setup" in (await centre.anonymous_client().get("/")).text
