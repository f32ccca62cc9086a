"""What a browser may do with an answer, and what it may keep."""

import httpx
import pytest
import structlog
from fastapi import APIRouter
from structlog.testing import capture_logs

from api.web import problems
from tests.api.town import Centre


@pytest.mark.parametrize(
    "path", ["/v1/me", "/v1/health", "/v1/none", "/v1/openapi.json", "/metrics"]
)
async def test_an_answer_of_the_api_is_neither_kept_nor_run_as_a_page(
    centre: Centre, path: str
) -> None:
    answer = await (await centre.client_of("desk")).get(path)

    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/phone", "/v1/health", "/v1/none"])
async def test_over_https_a_browser_is_told_to_stay_there(centre: Centre, path: str) -> None:
    transport = httpx.ASGITransport(centre.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://centre") as client:
        secure = await client.get(path)
    plain = await centre.anonymous_client().get(path)

    assert secure.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "strict-transport-security" not in plain.headers


async def test_no_other_site_may_read_an_answer(centre: Centre) -> None:
    headers = {"Origin": "http://evil.example"}
    answer = await (await centre.client_of("desk")).get("/v1/me", headers=headers)

    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "OPTIONS", "PROPFIND"])
async def test_a_method_that_no_route_has_is_refused(centre: Centre, method: str) -> None:
    answer = await centre.anonymous_client().request(method, "/v1/health")

    assert answer.status_code == 405


@pytest.fixture
def broken(centre: Centre) -> Centre:
    """A centre with a route that fails."""
    router = APIRouter()

    @router.get("/v1/broken")
    async def broken() -> None:
        raise RuntimeError("password=hunter2 in SELECT * FROM account")

    centre.app.router.routes.insert(0, router.routes[0])
    return centre


@pytest.fixture
def fresh_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace a logger that an earlier test may have configured, which cannot be captured."""
    monkeypatch.setattr(problems, "log", structlog.get_logger())


@pytest.mark.usefixtures("fresh_log")
async def test_a_fault_of_ours_tells_the_client_nothing_and_the_log_everything(
    broken: Centre,
) -> None:
    transport = httpx.ASGITransport(broken.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://centre") as client:
        with capture_logs() as logs:
            answer = await client.get("/v1/broken")

    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert "hunter2" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    [entry] = [entry for entry in logs if entry["event"] == "request_crashed"]
    assert "hunter2" in str(entry["exc_info"])


@pytest.mark.usefixtures("fresh_log")
async def test_a_refused_request_is_logged_with_who_and_what_but_no_secret(
    centre: Centre,
) -> None:
    desk = await centre.client_of("desk")
    with capture_logs() as logs:
        await desk.post("/v1/evidence/exports/00000000-0000-0000-0000-000000000000?x=secret")
        await desk.post("/v1/logout", headers={"Origin": "http://evil.example"})
        wrong = {"name": "desk", "password": "secret"}
        await centre.anonymous_client().post("/v1/login", json=wrong)

    refused = [entry for entry in logs if entry["event"] == "request_refused"]
    assert [entry["code"] for entry in refused] == ["other_site", "wrong_password"]
    assert "secret" not in str(refused)


async def test_a_role_that_is_refused_is_logged_by_its_name(centre: Centre) -> None:
    with capture_logs() as logs:
        answer = await (await centre.client_of("east-1")).get("/v1/quarantine")

    assert answer.status_code == 403
    [entry] = [entry for entry in logs if entry["event"] == "request_refused"]
    assert (entry["account"], entry["path"], entry["status"]) == ("east-1", "/v1/quarantine", 403)
