"""The built pages, health, figures: what a browser and a watcher get."""

import pytest

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
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/assets/none.js", "/favicon.ico", "/v1/none", "/..%2fsecret.txt", "/%2e%2e/secret.txt"],
)
async def test_a_missing_file_is_a_problem_and_no_other_file_is_readable(
    built: Centre, path: str
) -> None:
    answer = await built.anonymous_client().get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_without_a_build_a_plain_page_explains_how_to_build(centre: Centre) -> None:
    assert "make setup" in (await centre.anonymous_client().get("/")).text


async def test_health_needs_no_login(centre: Centre) -> None:
    quiet = (await centre.anonymous_client().get("/v1/health")).json()
    await centre.raise_alert()
    busy = (await centre.anonymous_client().get("/v1/health")).json()

    assert (quiet["status"], quiet["ingest_last_at"]) == ("ok", None)
    assert busy["ingest_last_at"] == "2026-11-23T12:00:00Z"


async def test_stats_count_rows_and_measure_latency(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.dispatcher.process_pending()
    centre.clock.advance(seconds=0.25)
    phone = await centre.client_of("east-1")
    [notification] = (await phone.get("/v1/notifications", params={"open": True})).json()["items"]
    await phone.post(f"/v1/notifications/{notification['id']}/delivered")
    told = (await (await centre.client_of("desk")).get("/v1/stats")).json()

    assert told["states"] == {"dispatched": 1}
    assert told["totals"]["pushed"] == 1
    assert told["latency"]["received_to_pushed"] == {"n": 1, "p50_ms": 250.0, "p99_ms": 250.0}


async def test_metrics_are_available_for_prometheus(centre: Centre) -> None:
    assert "python_info" in (await centre.anonymous_client().get("/metrics")).text


async def test_cameras_and_nodes_are_listed(centre: Centre) -> None:
    desk = await centre.client_of("desk")

    assert [node["name"] for node in (await desk.get("/v1/nodes")).json()["items"]] == [
        "demo/market/box-1"
    ]
    assert (await desk.get("/v1/cameras")).json() == {"items": [], "next": None}
    assert (await desk.get("/v1/quarantine")).json() == {"items": [], "next": None}
