"""The worker's page: an unreliable network, news of the desk, pictures, and the back button."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from api import wiring
from api.web.services import LoginTerms
from tests.console.demo_centre import PASSWORD, PUSH_SCORE, DemoCentre, MicroGrid
from tests.console.desk import Desk
from tests.console.page_objects import PhonePage, check_layout

pytestmark = pytest.mark.slow


def test_a_report_written_offline_is_sent_when_the_network_is_back(
    centre: DemoCentre, phone: PhonePage, desk: Desk
) -> None:
    grid = MicroGrid(9)
    phone.enter(grid.worker)
    camera = centre.alert(grid, score=PUSH_SCORE)
    phone.tap("接单")
    phone.tap("我已到场")
    expect(phone.page.get_by_text("处置中")).to_be_visible()

    phone.context.set_offline(True)
    phone.take_photo(centre.take_photo())
    phone.page.get_by_text("到场未发现").tap()
    phone.page.get_by_label("现场实际情况").select_option("正常聚集")
    phone.tap("提交反馈")
    expect(phone.page.locator(".outbox-pending")).to_contain_text("1 项等待发送")
    phone.context.set_offline(False)

    expect(phone.page.get_by_text("已反馈，等待核查")).to_be_visible()
    expect(phone.page.locator(".outbox-pending")).to_have_count(0)
    [verdict] = desk.read(camera)["verdicts"]
    assert (verdict["value"], verdict["reason"]) == ("benign", "waiting_or_event")


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


def test_a_phone_that_is_logged_out_keeps_no_order(centre: DemoCentre, phone: PhonePage) -> None:
    grid = MicroGrid(6)
    phone.enter(grid.worker)
    centre.alert(grid, score=PUSH_SCORE)
    expect(phone.page.locator(".card-large").first).to_be_visible()
    stored = "() => JSON.stringify(Object.entries(localStorage))"
    has_order = "() => (localStorage.getItem('gridwatch.phone') ?? '').includes('orders')"
    phone.page.wait_for_function(has_order)

    phone.tap("退出登录")

    expect(phone.page.locator("input[type=password]")).to_be_visible()
    phone.page.wait_for_function("() => localStorage.getItem('gridwatch.phone') === null")
    assert grid.worker not in phone.page.evaluate(stored)
    phone.context.set_offline(True)
    phone.page.reload()
    expect(phone.page.locator(".card-large")).to_have_count(0)


def test_a_report_draft_survives_a_reload(centre: DemoCentre, phone: PhonePage) -> None:
    grid = MicroGrid(11)
    phone.enter(grid.worker)
    centre.alert(grid, score=PUSH_SCORE)
    phone.tap("接单")
    phone.tap("我已到场")
    phone.take_photo(centre.take_photo())
    thumbnail = phone.page.locator(".photo-thumbnail img")
    assert thumbnail.evaluate("image => image.getBoundingClientRect().width") > 90
    phone.page.locator("textarea").fill("unfinished sen")

    phone.page.reload()

    expect(phone.page.locator(".photo-thumbnail")).to_be_visible()
    expect(phone.page.locator("textarea")).to_have_value("unfinished sen")


def test_arrival_and_report_are_stored_together_without_a_network(
    centre: DemoCentre, phone: PhonePage
) -> None:
    grid = MicroGrid(13)
    phone.enter(grid.worker)
    centre.alert(grid, score=PUSH_SCORE)
    phone.tap("接单")
    expect(phone.page.get_by_text("已接单")).to_be_visible()

    phone.context.set_offline(True)
    phone.tap("我已到场")
    phone.take_photo(centre.take_photo())
    phone.page.get_by_text("情况属实").tap()
    phone.page.locator("textarea").fill("已劝离")
    phone.tap("提交反馈")
    expect(phone.page.locator(".outbox-pending")).to_contain_text("2 项等待发送")
    check_layout(phone.page, "phone-offline-report")
    phone.context.set_offline(False)

    expect(phone.page.get_by_text("已反馈，等待核查")).to_be_visible()
    assert phone.page.locator(".outbox-failed").count() == 0


def test_what_the_centre_refuses_is_handed_to_the_desk(
    centre: DemoCentre, desk: Desk, phone: PhonePage
) -> None:
    grid = MicroGrid(14)
    phone.enter(grid.worker)
    camera = centre.alert(grid, score=PUSH_SCORE)
    phone.tap("接单")
    expect(phone.page.get_by_text("已接单")).to_be_visible()

    phone.context.set_offline(True)
    phone.tap("我已到场")
    phone.take_photo(centre.take_photo())
    phone.page.get_by_text("情况属实").tap()
    phone.page.locator("textarea").fill("已劝离")
    phone.tap("提交反馈")
    desk.act(camera, "recall", to="desk", reason="more_to_clarify")
    phone.context.set_offline(False)

    refused = phone.page.locator(".outbox-failed")
    expect(refused.get_by_text("已转交指挥中心")).to_have_count(2)
    expect(phone.page.locator(".notices")).to_contain_text("OP-01：情况待核实")
    check_layout(phone.page, "phone-refused")
    records = desk.read(camera)["field_records"]
    assert [record["action"] for record in records] == ["start", "report"]
    assert (records[1]["note"], len(records[1]["photos"])) == ("已劝离", 1)
    refused.get_by_role("button").tap()
    expect(refused).to_have_count(0)


def test_a_recalled_worker_reads_by_whom_and_why(
    centre: DemoCentre, desk: Desk, phone: PhonePage
) -> None:
    grid = MicroGrid(15)
    phone.enter(grid.worker)
    camera = centre.alert(grid, score=PUSH_SCORE)
    phone.tap("接单")
    expect(phone.page.get_by_text("已接单")).to_be_visible()

    desk.act(camera, "recall", to="desk", reason="not_needed")

    notice = phone.page.locator(".notices")
    expect(notice).to_contain_text("工单已收回，无需前往")
    expect(notice).to_contain_text("OP-01：无需处置")
    check_layout(phone.page, "phone-recall")
    notice.get_by_role("button").tap()
    expect(notice).to_have_count(0)
    phone.page.reload()
    expect(phone.page.locator(".connection-on")).to_be_visible()
    expect(notice).to_have_count(0)


def test_the_reason_for_rework_stands_on_top(
    centre: DemoCentre, desk: Desk, phone: PhonePage
) -> None:
    grid = MicroGrid(16)
    phone.enter(grid.worker)
    camera = centre.alert(grid, score=PUSH_SCORE)
    phone.tap("接单")
    phone.tap("我已到场")
    phone.take_photo(centre.take_photo())
    phone.page.get_by_text("情况属实").tap()
    phone.tap("提交反馈")
    expect(phone.page.get_by_text("已反馈，等待核查")).to_be_visible()

    desk.act_on_order(camera, "verify", passed=False, reason="photo_unclear")

    expect(phone.page.locator(".notices")).to_contain_text("核查未通过，请返工")
    expect(phone.page.locator(".work-order-reason")).to_contain_text("照片不清晰")
    expect(phone.page.locator("input[type=file]")).to_be_attached()
    assert phone.page.locator(".photo-thumbnail").count() == 0
    check_layout(phone.page, "phone-rework")


def test_a_silenced_order_rings_again_after_a_minute(centre: DemoCentre, phone: PhonePage) -> None:
    grid = MicroGrid(4)
    phone.page.clock.install()
    phone.enter(grid.worker)
    centre.alert(grid, score=PUSH_SCORE)
    ringing = phone.page.locator(".card-new")
    expect(ringing).to_be_visible()

    phone.tap("静音")
    expect(ringing).to_have_count(0)
    phone.page.clock.fast_forward("01:01")

    expect(ringing).to_be_visible()


def test_pictures_are_enlarged_and_back_goes_back_inside_the_page(
    centre: DemoCentre, phone: PhonePage
) -> None:
    grid = MicroGrid(8)
    phone.enter(grid.worker)
    centre.alert(grid, score=PUSH_SCORE)
    phone.page.locator(".card-body").tap()
    expect(phone.page.locator(".work-order")).to_be_visible()

    expect(phone.page.locator(".work-order .picture-button img")).to_be_visible()
    phone.page.locator(".work-order .picture-button").tap()
    viewer = phone.page.locator(".picture-viewer")
    expect(viewer.locator("img")).to_be_visible()
    check_layout(phone.page, "phone-picture")
    width = viewer.locator("img").evaluate("image => image.getBoundingClientRect().width")
    viewer.locator(".picture-area").tap()
    expect(viewer.locator(".picture-area")).to_have_attribute("data-enlarged", "true")
    assert (
        viewer.locator("img").evaluate("image => image.getBoundingClientRect().width") > 2 * width
    )

    phone.page.go_back()
    expect(viewer).to_have_count(0)
    expect(phone.page.locator(".work-order")).to_be_visible()
    phone.page.go_back()
    expect(phone.page.locator(".card-large")).to_be_visible()


def login_cookie(phone: PhonePage) -> str:
    """Return the value of the login; the other cookie names the device."""
    values = {cookie.get("name"): cookie.get("value") for cookie in phone.context.cookies()}
    return str(values["gridwatch_login"])


def test_a_login_that_is_about_to_end_says_so_and_is_renewed_in_the_page(
    centre: DemoCentre, phone: PhonePage
) -> None:
    grid = MicroGrid(5)
    phone.enter(grid.worker)
    centre.alert(grid, score=PUSH_SCORE)
    phone.tap("接单")
    phone.tap("我已到场")
    phone.page.locator("textarea").fill("unfinished sen")
    login = login_cookie(phone)

    phone.page.clock.set_system_time(wiring.now() + LoginTerms().lifetime - timedelta(minutes=10))
    banner = phone.page.locator(".login-ending")
    expect(banner).to_contain_text("后失效")
    phone.tap("重新登录")
    phone.page.locator("input[type=password]").fill(PASSWORD)
    check_layout(phone.page, "phone-login-ending")
    with phone.page.expect_response("**/v1/login") as answer:
        phone.tap("登录")

    assert answer.value.ok
    assert login_cookie(phone) != login
    phone.page.clock.set_system_time(wiring.now())
    expect(banner).to_have_count(0)
    expect(phone.page.locator("textarea")).to_have_value("unfinished sen")


def test_a_work_order_is_returned_with_a_reason(centre: DemoCentre, phone: PhonePage) -> None:
    grid = MicroGrid(12)
    phone.enter(grid.worker)
    centre.alert(grid, score=PUSH_SCORE)
    phone.page.locator(".card-body").tap()

    phone.tap("退回")
    phone.tap("无法前往现场")

    expect(phone.page.locator(".card, .work-order")).to_have_count(0)
