"""From an alert to a closed incident: one operator at the keys, one worker on the way."""

import pytest
from playwright.sync_api import expect

from tests.console.city import UNSURE, City, Place, a_picture
from tests.console.visits import Desk, Phone, looks_well

pytestmark = pytest.mark.slow


def test_confirmed_by_key_rung_accepted_reported_with_a_photo_verified_by_key_closed(
    city: City, desk: Desk, phone: Phone
) -> None:
    place = Place(1)
    phone.enter(place.worker)
    desk.enter()
    camera = city.alert(place, score=UNSURE)

    desk.select(camera)
    desk.expect_state("new")
    expect(desk.page.locator(".incident .boxes rect")).to_have_count(9)
    desk.press("c")

    expect(phone.page.locator(".card-new")).to_be_visible()
    expect(phone.page.locator(".card-title")).to_have_text("人群聚集")
    phone.tap("接单")
    phone.tap("我已到场")
    phone.take_photo(a_picture(1, width=3000, height=2250))
    phone.page.get_by_text("情况属实").tap()
    phone.page.locator("textarea").fill("已劝离")
    looks_well(phone.page, "phone-report")
    phone.tap("提交反馈")
    expect(phone.page.get_by_text("已反馈，等待核查")).to_be_visible()

    desk.expect_state("feedback")
    expect(desk.page.locator(".field-report")).to_contain_text("已劝离")
    photo = desk.page.locator(".field-photos img")
    assert photo.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1600
    desk.press("v")
    desk.expect_state("closed")
    looks_well(desk.page, "desk-closed")
    expect(phone.page.locator(".card, .work-order")).to_have_count(0)


def test_a_sure_alert_rings_without_the_desk_and_once(city: City, phone: Phone) -> None:
    place = Place(2)
    phone.enter(place.worker)

    city.alert(place, score=0.95)

    expect(phone.page.locator(".card-new")).to_have_count(1)
    phone.tap("静音")
    expect(phone.page.locator(".card-new")).to_have_count(0)
    expect(phone.page.locator(".card-large")).to_have_count(1)
