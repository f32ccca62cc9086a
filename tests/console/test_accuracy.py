"""The accuracy page: its views at both sizes and languages, and the audit by keys alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.console.demo_centre import REVIEW_SCORE, DemoCentre, MicroGrid
from tests.console.page_objects import CONSOLE_SIZE, PHONE_SIZE, ConsolePage, check_layout

pytestmark = pytest.mark.slow
GRID = MicroGrid(5)
PAST_THE_WAIT = "UPDATE audit_task SET created_at = created_at - interval '1 hour'"
VIEWS = ("report", "calibration", "scorecards", "load", "audit")
LOOKS = pytest.mark.parametrize(
    ("language", "size"),
    [("zh-CN", CONSOLE_SIZE), ("en", CONSOLE_SIZE), ("zh-CN", PHONE_SIZE), ("en", PHONE_SIZE)],
    ids=["wide-zh", "wide-en", "narrow-zh", "narrow-en"],
)


def enter_with_drawn_incidents(
    centre: DemoCentre, open_console: Callable[..., ConsolePage], language: str, size: ViewportSize
) -> ConsolePage:
    """Log in while two incidents of new cameras, which are all drawn, wait for an audit."""
    for _ in range(2):
        centre.alert(GRID, score=REVIEW_SCORE)
    console = open_console(language)
    console.enter()
    expect(console.page.locator(".queue-row").nth(1)).to_be_visible(timeout=15_000)
    centre.execute(PAST_THE_WAIT)
    if language == "en":
        console.page.get_by_role("button", name="English").click()
    console.page.set_viewport_size(size)
    return console


@LOOKS
def test_every_view_is_whole(
    centre: DemoCentre,
    open_console: Callable[..., ConsolePage],
    language: str,
    size: ViewportSize,
) -> None:
    console = enter_with_drawn_incidents(centre, open_console, language, size)

    for view in VIEWS:
        console.page.goto(f"{centre.url}/accuracy/{view}")
        expect(console.page.locator(".accuracy section")).to_be_visible()
        check_layout(console.page, f"accuracy-{view}-{size['width']}-{language}")


def test_drawn_incidents_are_judged_by_keys_alone(
    centre: DemoCentre, open_console: Callable[..., ConsolePage]
) -> None:
    console = enter_with_drawn_incidents(centre, open_console, "zh-CN", CONSOLE_SIZE)
    console.page.goto(f"{centre.url}/accuracy/audit")
    article = console.page.locator(".audit-incident")
    expect(article).to_be_visible()
    first = article.get_attribute("data-incident") or ""

    console.page.keyboard.press("y")
    expect(article).not_to_have_attribute("data-incident", first)
    console.page.keyboard.press("u")
    expect(console.page.locator(".audit-undo")).to_have_count(0)
    second = article.get_attribute("data-incident") or ""
    console.page.keyboard.press("1")

    expect(console.page.locator(f"[data-incident='{second}']")).to_have_count(0)
    expect(console.page.locator(".audit-undo")).to_be_visible()
