"""Every page in both languages: layout, texts and access."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.console.demo_centre import PUSH_SCORE, REVIEW_SCORE, DemoCentre, MicroGrid
from tests.console.page_objects import ConsolePage, PhonePage, check_layout

pytestmark = pytest.mark.slow
LANGUAGES = ["zh-CN", "en"]


def set_language(page: Page, language: str) -> None:
    if page.evaluate("document.documentElement.lang") != language:
        page.locator(".language").first.click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_console(
    centre: DemoCentre, open_console: Callable[..., ConsolePage], language: str
) -> None:
    camera = centre.alert(MicroGrid(6), score=REVIEW_SCORE)
    console = open_console(language)
    console.page.goto(centre.url)
    console.page.locator(".login-card").wait_for()
    set_language(console.page, language)
    check_layout(console.page, f"console-login-{language}")

    console.enter()
    console.select(camera)
    expect(console.page.locator(".incident-snapshot img")).to_be_visible()
    check_layout(console.page, f"console-queue-{language}")
    console.press("?")
    expect(console.page.get_by_role("dialog")).to_be_visible()
    check_layout(console.page, f"console-keys-{language}")
    console.press("Escape")
    expect(console.page.get_by_role("dialog")).to_have_count(0)
    console.press("Enter")
    expect(console.page.locator(".incident-page .alert-list")).to_be_visible()
    check_layout(console.page, f"console-incident-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_worker_page(
    centre: DemoCentre, open_phone: Callable[..., PhonePage], language: str
) -> None:
    grid = MicroGrid(13 + LANGUAGES.index(language))
    centre.alert(grid, score=PUSH_SCORE)
    phone = open_phone(language)
    phone.page.goto(centre.url + "/phone")
    phone.page.locator(".login-card").wait_for()
    set_language(phone.page, language)
    check_layout(phone.page, f"phone-login-{language}")

    phone.enter(grid.worker)
    expect(phone.page.locator(".card-large img")).to_be_visible()
    check_layout(phone.page, f"phone-new-order-{language}")
    phone.page.reload()  # not touched yet: the first touch must accept the order
    phone.page.locator(".button-primary").tap()
    expect(phone.page.locator(".work-order")).to_be_visible()
    check_layout(phone.page, f"phone-order-{language}")


def test_the_queue_opens_as_a_list_on_a_phone(
    centre: DemoCentre, open_phone: Callable[..., PhonePage]
) -> None:
    centre.alert(MicroGrid(6), score=REVIEW_SCORE)
    phone = open_phone()
    phone.log_in("/", "OP-01")

    phone.page.locator(".queue-row").first.wait_for()
    check_layout(phone.page, "console-on-phone")


def test_a_wrong_password_shows_a_message(console: ConsolePage) -> None:
    console.log_in("/", "OP-01", "wrong")

    expect(console.page.get_by_role("alert")).to_have_text("账号或密码错误")


def test_the_console_links_a_worker_to_the_phone_page(console: ConsolePage) -> None:
    console.log_in("/", MicroGrid(8).worker)

    expect(console.page.get_by_role("link", name="打开网格员页面")).to_have_attribute(
        "href", "/phone"
    )


def test_a_missing_incident_shows_a_message(centre: DemoCentre, console: ConsolePage) -> None:
    console.enter()
    console.page.goto(f"{centre.url}/incidents/00000000-0000-7000-8000-000000000000")

    expect(console.page.get_by_role("alert")).to_contain_text("找不到该事件")
