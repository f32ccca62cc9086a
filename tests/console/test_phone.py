"""The worker's page where the network is bad."""

import pytest
from playwright.sync_api import expect

from tests.console.city import SURE, City, Place, a_picture
from tests.console.visits import Phone

pytestmark = pytest.mark.slow


def test_a_report_written_without_a_network_is_sent_when_it_is_back(
    city: City, phone: Phone
) -> None:
    place = Place(9)
    phone.enter(place.worker)
    city.alert(place, score=SURE)
    phone.tap("接单")
    phone.tap("我已到场")
    expect(phone.page.locator("input[type=file]")).to_be_attached()

    phone.context.set_offline(True)
    phone.take_photo(a_picture(9))
    phone.page.get_by_text("到场未发现").tap()
    phone.tap("提交反馈")
    expect(phone.page.locator(".outbox-pending")).to_contain_text("1 项等待发送")
    phone.context.set_offline(False)

    expect(phone.page.get_by_text("已反馈，等待核查")).to_be_visible(timeout=20_000)
    expect(phone.page.locator(".outbox-pending")).to_have_count(0)


def test_the_page_opens_without_a_network_and_still_says_where_to_go(
    city: City, phone: Phone
) -> None:
    place = Place(10)
    phone.enter(place.worker)
    city.alert(place, score=SURE)
    expect(phone.page.locator(".card-large")).to_be_visible()
    phone.page.evaluate("() => navigator.serviceWorker.ready")

    phone.context.set_offline(True)
    phone.page.reload()

    expect(phone.page.locator(".card-title")).to_have_text("人群聚集")
    expect(phone.page.locator(".connection")).to_contain_text("已断开")


def test_a_half_written_report_outlives_the_page(city: City, phone: Phone) -> None:
    place = Place(11)
    phone.enter(place.worker)
    city.alert(place, score=SURE)
    phone.tap("接单")
    phone.tap("我已到场")
    phone.take_photo(a_picture(11))
    phone.page.locator("textarea").fill("half a sen")

    phone.page.reload()
    phone.page.locator(".card-body").tap()

    expect(phone.page.locator(".photo-thumbnail")).to_be_visible()
    expect(phone.page.locator("textarea")).to_have_value("half a sen")


def test_an_order_is_returned_with_a_reason(city: City, phone: Phone) -> None:
    place = Place(12)
    phone.enter(place.worker)
    city.alert(place, score=SURE)
    phone.page.locator(".card-body").tap()

    phone.tap("退回")
    phone.tap("无法前往现场")

    expect(phone.page.locator(".card, .work-order")).to_have_count(0)
