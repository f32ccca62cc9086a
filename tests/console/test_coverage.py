"""The queue page shows in red where nobody will be on duty."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import httpx
import pytest
from playwright.sync_api import expect

from api import wiring
from gridwatch.demo.town import PASSWORD, STREET
from tests.console.demo_centre import REVIEW_SCORE, DemoCentre, MicroGrid
from tests.console.page_objects import ConsolePage, check_layout

pytestmark = pytest.mark.slow
LAST_GRID = f"{STREET}002002"
IN_LAST_GRID = MicroGrid(16)


@contextmanager
def shifts_that_end(centre: DemoCentre, *, at: datetime) -> Iterator[None]:
    """Let all shifts of the last grid end at a time; afterwards they last as before."""
    with httpx.Client(base_url=centre.url) as supervisor:
        login = {"name": "SV-01", "password": PASSWORD}
        supervisor.post("/v1/login", json=login).raise_for_status()
        listed = supervisor.get("/v1/shifts", params={"area": LAST_GRID}).json()["items"]
        for shift in listed:
            _set_end(supervisor, shift["id"], at.isoformat(), version=1)
        yield
        for shift in listed:
            _set_end(supervisor, shift["id"], shift["ends_at"], version=2)


def _set_end(supervisor: httpx.Client, shift: str, at: str, *, version: int) -> None:
    body = {"version": version, "ends_at": at}
    supervisor.patch(f"/v1/shifts/{shift}", json=body).raise_for_status()


def test_the_queue_shows_where_nobody_will_be_on_duty(
    centre: DemoCentre, console: ConsolePage
) -> None:
    centre.alert(IN_LAST_GRID, score=REVIEW_SCORE)
    console.enter()
    line = console.page.locator(".queue-coverage")
    console.page.locator(".queue-row").first.wait_for()
    expect(line).to_have_count(0)

    with shifts_that_end(centre, at=wiring.now() + timedelta(hours=1)):
        console.page.reload()
        expect(line).to_contain_text("东苑第2网格")
        check_layout(console.page, "queue-coverage")
