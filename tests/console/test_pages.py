"""Every page in both languages, at its own size: fits, speaks, and opens to its people alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.console.city import SURE, UNSURE, City, Place
from tests.console.visits import Desk, Phone, looks_well

pytestmark = pytest.mark.slow
LANGUAGES = ["zh-CN", "en"]


def speak(page: Page, language: str) -> None:
    if page.evaluate("document.documentElement.lang") != language:
        page.locator(".language").first.click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_desk(city: City, a_desk: Callable[..., Desk], language: str) -> None:
    camera = city.alert(Place(6), score=UNSURE)
    desk = a_desk(language)
    desk.page.goto(city.url)
    desk.page.locator(".login-card").wait_for()
    speak(desk.page, language)
    looks_well(desk.page, f"desk-login-{language}")

    desk.enter()
    desk.select(camera)
    expect(desk.page.locator(".incident-snapshot img")).to_be_visible()
    looks_well(desk.page, f"desk-queue-{language}")
    desk.press("?")
    expect(desk.page.get_by_role("dialog")).to_be_visible()
    looks_well(desk.page, f"desk-keys-{language}")
    desk.press("Escape")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)
    desk.press("Enter")
    expect(desk.page.locator(".incident-page .alert-list")).to_be_visible()
    looks_well(desk.page, f"desk-incident-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_phone(city: City, a_phone: Callable[..., Phone], language: str) -> None:
    place = Place(13 + LANGUAGES.index(language))
    city.alert(place, score=SURE)
    phone = a_phone(language)
    phone.page.goto(city.url + "/phone")
    phone.page.locator(".login-card").wait_for()
    speak(phone.page, language)
    looks_well(phone.page, f"phone-login-{language}")

    phone.enter(place.worker)
    expect(phone.page.locator(".card-large img")).to_be_visible()
    looks_well(phone.page, f"phone-ring-{language}")
    phone.page.reload()  # a page that nobody has touched yet: the first touch counts
    phone.page.locator(".button-primary").tap()
    expect(phone.page.locator(".work-order")).to_be_visible()
    looks_well(phone.page, f"phone-order-{language}")


def test_the_desk_opens_on_a_small_page_as_a_list(
    city: City, a_phone: Callable[..., Phone]
) -> None:
    city.alert(Place(6), score=UNSURE)
    small = a_phone()
    small.log_in("/", "OP-01")

    small.page.locator(".queue-row").first.wait_for()
    looks_well(small.page, "desk-small")


def test_a_wrong_password_is_told_in_place(desk: Desk) -> None:
    desk.log_in("/", "OP-01", "wrong")

    expect(desk.page.get_by_role("alert")).to_have_text("账号或密码错误")


def test_a_worker_at_the_desk_is_shown_the_way_to_the_phone_page(desk: Desk) -> None:
    desk.log_in("/", Place(8).worker)

    expect(desk.page.get_by_role("link", name="打开网格员页面")).to_have_attribute("href", "/phone")


def test_an_incident_that_is_not_there_is_told(city: City, desk: Desk) -> None:
    desk.enter()
    desk.page.goto(f"{city.url}/incidents/00000000-0000-7000-8000-000000000000")

    expect(desk.page.get_by_role("alert")).to_contain_text("找不到该事件")
