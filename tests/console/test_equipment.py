"""A node that cannot deliver its alerts calls a person, without an alert and a picture."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from api import wiring
from pipeline.wire import CameraState, Health, Status
from tests.console.demo_centre import DemoCentre
from tests.console.page_objects import ConsolePage, check_layout

pytestmark = pytest.mark.slow
CAMERA = "equipment-gate"
NOTICED_WITHIN_MS = 60_000
"""Both monitors of the centre look every ten seconds."""


def report_backlog(centre: DemoCentre, seconds: float | None) -> None:
    now = wiring.now()
    online = CameraState(state="online", since=now, reason="")
    health = Health(boot_id="boot-1", at=now, outbox_rows=3, outbox_oldest_s=seconds, counters={})
    centre.report("status", message=Status(state="online", boot_id="boot-1", software=""))
    centre.report("camera", CAMERA, message=online)
    centre.report("health", message=health)


def test_an_incident_about_a_node_is_shown_and_closes_itself(
    centre: DemoCentre, open_console: Callable[..., ConsolePage]
) -> None:
    report_backlog(centre, 3600)
    console = open_console("zh-CN")
    console.enter(path="/queue?view=all")
    row = console.page.locator(".queue-row", has_text="预警积压未上报").first
    row.wait_for(timeout=NOTICED_WITHIN_MS)
    row.click()

    expect(console.page.locator(".incident .facts")).to_contain_text("demo")
    expect(console.page.locator(".incident-header")).to_contain_text("设备")
    check_layout(console.page, "queue-equipment")
    console.page.get_by_role("link", name="查看事件详情").first.click()
    expect(console.page.locator(".incident-page")).to_be_visible()
    check_layout(console.page, "incident-equipment")

    report_backlog(centre, None)
    expect(console.page.locator(".timeline")).to_contain_text(
        "故障自行恢复", timeout=NOTICED_WITHIN_MS
    )
    check_layout(console.page, "incident-equipment-closed")
