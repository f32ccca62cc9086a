"""The page of people: who can be reached now, by which channel, a test, and the log."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from gridwatch.demo.town import PASSWORD
from tests.console.demo_centre import REVIEW_SCORE, DemoCentre, MicroGrid
from tests.console.page_objects import PHONE_SIZE, ConsolePage, PhonePage, check_layout

pytestmark = pytest.mark.slow
GRID = MicroGrid(7)
SMS_NUMBER = "+8613800000007"


def row_of(page: Page, account: str) -> Locator:
    return page.locator(f"tr[data-person={account}]")


def set_sms(centre: DemoCentre, account: str) -> None:
    """Give a worker SMS as their channel."""
    with httpx.Client(base_url=centre.url) as worker:
        login = {"name": account, "password": PASSWORD}
        worker.post("/v1/login", json=login).raise_for_status()
        channels = {"channels": [{"kind": "sms", "address": SMS_NUMBER}]}
        worker.put("/v1/me/channels", json=channels).raise_for_status()


def test_the_desk_sees_within_seconds_who_is_online(
    centre: DemoCentre, console: ConsolePage, open_phone: Callable[..., PhonePage]
) -> None:
    centre.alert(GRID, score=REVIEW_SCORE)
    console.enter()
    expect(console.page.locator(".queue-unreachable")).to_contain_text("有人在岗", timeout=15_000)
    check_layout(console.page, "queue-unreachable")
    console.page.get_by_role("link", name="人员", exact=True).click()
    row = row_of(console.page, GRID.worker)
    expect(row).to_contain_text("不可达")
    expect(console.page.locator(".people-unreachable")).to_contain_text("无人可达")
    check_layout(console.page, "people-offline")

    phone = open_phone()
    phone.enter(GRID.worker)
    expect(row).to_contain_text("可达：在线", timeout=15_000)
    phone.page.close()
    expect(row).to_contain_text("离线", timeout=15_000)


def test_a_test_message_stands_in_the_log_with_its_receipts(
    centre: DemoCentre, console: ConsolePage, open_phone: Callable[..., PhonePage]
) -> None:
    set_sms(centre, "W-08")
    phone = open_phone()
    phone.enter("W-08")
    console.enter(path="/people")
    console.page.get_by_role("button", name="English").click()
    row = row_of(console.page, "W-08")
    expect(row).to_contain_text("SMS not tested")
    row.get_by_role("button", name="Test").click()
    log = console.page.locator(".notification-log")
    expect(log.locator("[data-channel=app]").first).to_contain_text("sent", timeout=15_000)
    by_sms = log.locator("[data-channel=sms]").first
    expect(by_sms).to_contain_text("GRIDWATCH_SMS_URL", timeout=15_000)
    check_layout(console.page, "people-log")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_page_fits_a_phone(open_console: Callable[..., ConsolePage], language: str) -> None:
    console = open_console(language)
    console.enter(path="/people")
    console.page.locator("tr[data-person]").first.wait_for()
    if language == "en":
        console.page.get_by_role("button", name="English").click()
    console.page.set_viewport_size(ViewportSize(**PHONE_SIZE))
    check_layout(console.page, f"people-narrow-{language}")
    console.page.locator("tr[data-person]").first.get_by_role("button").last.click()
    console.page.locator(".notification-log").first.wait_for()
    check_layout(console.page, f"people-narrow-log-{language}")


def test_the_desk_sets_the_channels_and_quiet_hours_of_a_worker(
    centre: DemoCentre, console: ConsolePage
) -> None:
    set_sms(centre, "W-09")
    console.enter(path="/people")
    row_of(console.page, "W-09").get_by_role("button", name="渠道").click()
    settings = console.page.locator(".channel-settings")
    settings.get_by_label("上移: 锁屏推送").click()
    settings.get_by_label("锁屏推送", exact=True).check()
    settings.get_by_label("免打扰时段").check()
    settings.get_by_label("开始").fill("23:30")
    settings.get_by_role("button", name="保存").click()
    expect(settings.get_by_role("status")).to_have_text("已保存")
    check_layout(console.page, "people-channels")

    console.page.reload()
    row_of(console.page, "W-09").get_by_role("button", name="渠道").click()
    expect(settings.locator("li").nth(0)).to_contain_text("锁屏推送")
    expect(settings.get_by_label("开始")).to_have_value("23:30")
    expect(settings.locator("li").nth(1).locator("input[type=tel]")).to_have_value(SMS_NUMBER)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_worker_sets_their_own_channels_on_the_phone(
    centre: DemoCentre, open_phone: Callable[..., PhonePage], language: str
) -> None:
    set_sms(centre, "W-10")
    phone = open_phone(language)
    phone.enter("W-10")
    if language == "en":
        phone.tap("English")
    phone.page.locator(".phone-settings summary").tap()
    settings = phone.page.locator(".channel-settings")
    settings.locator("input[type=tel]").fill("no number")
    settings.locator(".channel-save").tap()
    expect(settings.locator("input[type=tel]:invalid")).to_be_visible()
    settings.locator("input[type=tel]").fill(SMS_NUMBER)
    settings.locator(".channel-save").tap()
    expect(settings.get_by_role("status")).to_be_visible()
    check_layout(phone.page, f"phone-channels-{language}")
