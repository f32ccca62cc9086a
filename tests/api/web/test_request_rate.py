"""A login that sends requests without end is slowed down, and nobody else."""

import pytest

from api.app import create_app
from api.web import request_rate
from tests.api.town import Centre


@pytest.fixture
def limited(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> Centre:
    """A centre as in service, whose logins have a burst of five requests."""
    monkeypatch.setattr(request_rate, "BURST", 5)
    monkeypatch.setattr(request_rate, "PER_SECOND", 2.0)
    centre.app = create_app(
        centre.services, centre.live, centre.app.state.evidence, limits_requests=True
    )
    return centre


async def test_beyond_its_burst_a_login_waits_and_no_other(limited: Centre) -> None:
    desk, chief = await limited.client_of("desk"), await limited.client_of("chief")
    statuses = [(await desk.get("/v1/me")).status_code for _ in range(7)]
    refused = await desk.get("/v1/me")

    assert statuses == [200] * 5 + [429] * 2
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("too_many_requests", "1")
    assert (await chief.get("/v1/me")).status_code == 200
    limited.clock.advance(seconds=1)
    assert [(await desk.get("/v1/me")).status_code for _ in range(3)] == [200, 200, 429]


async def test_a_clock_that_is_set_back_gives_and_takes_nothing(limited: Centre) -> None:
    desk = await limited.client_of("desk")
    await desk.get("/v1/me")
    limited.clock.advance(minutes=-5)
    statuses = [(await desk.get("/v1/me")).status_code for _ in range(5)]

    assert statuses == [200] * 4 + [429]


async def test_pages_and_strangers_have_no_such_limit(limited: Centre) -> None:
    stranger = limited.anonymous_client()

    assert {(await stranger.get("/v1/health")).status_code for _ in range(8)} <= {200, 503}
