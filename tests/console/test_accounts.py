"""Accounts in the console: created by a link, second factor, own logins; on desk and phone."""

from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page, expect

from api import wiring
from tests.console.page_objects import PHONE_SIZE, ConsolePage, check_layout

pytestmark = pytest.mark.slow
PASSWORD = "quiet lamp under 7 stairs"


def create_account(page: Page, name: str) -> str:
    """Create an operator on the page of accounts and return the link."""
    page.locator("[data-action=new]").click()
    page.locator("[data-field=name]").fill(name)
    page.locator(".accounts-form .ant-select").first.click()
    page.locator(".ant-select-item-option").nth(1).click()
    page.locator(".accounts-form .ant-select").nth(1).click()
    page.locator(".ant-select-item-option", has_text="河东区").click()
    check_layout(page, f"account-new-{name}")
    page.locator(".accounts-form [type=submit]").click()
    link = page.locator("[data-field=link]")
    expect(link).to_be_visible()
    check_layout(page, f"account-link-{name}")
    return link.input_value()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_an_invited_person_sets_a_password_and_a_second_factor(
    open_console: Callable[..., ConsolePage], language: str
) -> None:
    name = f"NEW-{language}"
    admin = open_console(language)
    admin.enter("AD-01", "/accounts")
    page = admin.page
    if language == "en":
        page.locator(".language").click()
    expect(page.locator("[data-account=OP-01]")).to_be_visible()
    check_layout(page, f"accounts-{language}")
    link = create_account(page, name)
    page.keyboard.press("Escape")
    page.set_viewport_size(PHONE_SIZE)
    check_layout(page, f"accounts-phone-{language}")

    person = open_console(language)
    person.page.goto(link)
    person.page.locator("[data-field=new-password]").fill(PASSWORD)
    person.page.locator("[data-field=password-again]").fill(PASSWORD)
    check_layout(person.page, f"invitation-{language}")
    person.page.locator("form .login-button").click()
    person.page.locator("a.login-button").click()
    person.log_in("/", name, PASSWORD)
    expect(person.page.locator(".connection")).to_have_class("connection connection-on")

    person.page.locator("[data-action=own-account]").click()
    person.page.locator("[data-action=factor]").click()
    person.page.locator("[data-action=begin-factor]").click()
    secret = person.page.locator(".factor-secret code").inner_text()
    check_layout(person.page, f"factor-{language}")
    code = pyotp.TOTP(secret).at(wiring.now())
    person.page.locator("[data-field=factor-code]").fill(code)
    person.page.keyboard.press("Enter")
    codes = person.page.locator(".factor-codes li")
    expect(codes).to_have_count(10)
    check_layout(person.page, f"recovery-{language}")
    recovery = codes.first.inner_text()
    person.page.locator("[data-action=kept]").click()
    expect(person.page.locator(".own-sessions li")).to_have_count(1)
    check_layout(person.page, f"own-{language}")

    other = open_console(language)
    other.page.set_viewport_size(PHONE_SIZE)
    other.log_in("/", name, PASSWORD)
    field = other.page.locator("[data-field=code]")
    expect(field).to_be_focused()
    check_layout(other.page, f"login-code-{language}")
    field.fill(recovery)
    other.page.keyboard.press("Enter")
    expect(other.page.locator(".connection")).to_have_class("connection connection-on")

    page.locator(f"[data-account='{name}']").click()
    page.locator("[data-action=deactivate]").click()
    page.locator(".ant-popconfirm-buttons .ant-btn-primary").click()
    expect(person.page.locator("input[autocomplete=username]")).to_be_visible(timeout=10_000)
    expect(other.page.locator("input[autocomplete=username]")).to_be_visible(timeout=10_000)
