"""The worker's page with an unreliable network."""

import pytest
from playwright.sync_api import expect

from tests.console.demo_centre import PUSH_SCORE, DemoCentre, MicroGrid, draw_picture
from tests.console.page_objects import PhonePage

pytestmark = pytest.mark.slow


def test_a_report_written_offline_is_sent_when_the_network_is_back(
    centre: DemoCentre, phone: PhonePage
) -> None:
    grid = MicroGrid(9)
    phone.enter(grid.worker)
    centre.alert(grid, score=PUSH_SCORE)
    phone.tap("接单")
    phone.tap("我已到场")
    expect(phone.page.locator("input[type=file]")).to_be_attached()

    phone.context.set_offline(True)
    phone.take_photo(draw_picture(9))
    phone.page.get_by_text("到场未发现").tap()
    phone.tap("提交反馈")
    expect(phone.page.locator(".outbox-pending")).to_contain_text("1 项等待发送")
    phone.context.set_offline(False)

    expect(phone.page.get_by_text("已反馈，等待核查")).to_be_visible(timeout=20_000)
    expect(phone.page.locator(".outbox-pending")).to_have_count(0)


def test_the_page_opens_offline_with_the_last_work_orders(
    centre: DemoCentre, phone: PhonePage
) -> None:
    grid = MicroGrid(10)
    phone.enter(grid.worker)
    centre.alert(grid, score=PUSH_SCORE)
    expect(phone.page.locator(".card-large")).to_be_visible()
    phone.page.evaluate("() => navigator.serviceWorker.ready")

    phone.context.set_offline(True)
    phone.page.reload()

    expect(phone.page.locator(".card-title")).to_have_text("人群聚集")
    expect(phone.page.locator(".connection")).to_contain_text("已断开")


def test_a_report_draft_survives_a_reload(centre: DemoCentre, phone: PhonePage) -> None:
    grid = MicroGrid(11)
    phone.enter(grid.worker)
    centre.alert(grid, score=PUSH_SCORE)
    phone.tap("接单")
    phone.tap("我已到场")
    phone.take_photo(draw_picture(11))
    phone.page.locator("textarea").fill("unfinished sen")

    phone.page.reload()
    phone.page.locator(".card-body").tap()

    expect(phone.page.locator(".photo-thumbnail")).to_be_visible()
    expect(phone.page.locator("textarea")).to_have_value("unfinished sen")


def test_a_work_order_is_returned_with_a_reason(centre: DemoCentre, phone: PhonePage) -> None:
    grid = MicroGrid(12)
    phone.enter(grid.worker)
    centre.alert(grid, score=PUSH_SCORE)
    phone.page.locator(".card-body").tap()

    phone.tap("退回")
    phone.tap("无法前往现场")

    expect(phone.page.locator(".card, .work-order")).to_have_count(0)
