"""Fixtures: one centre per session, one browser per module, new pages per test."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.console.demo_centre import DemoCentre, run_demo_centre
from tests.console.desk import Desk
from tests.console.page_objects import CONSOLE_SIZE, PHONE_SIZE, ConsolePage, PageObject, PhonePage
from tests.requirements import require

expect.set_options(timeout=30_000)
"""A busy machine answers slowly; a condition that is met earlier is not waited for."""

DIST = Path(__file__).parents[2] / "api" / "console" / "dist"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium for one module: it occupies the event loop of the thread."""
    chromium = shutil.which("chromium")
    require(chromium is not None, "chromium")
    with sync_playwright() as playwright:
        chromium_browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield chromium_browser
        chromium_browser.close()


@pytest.fixture(scope="session")
def centre() -> Iterator[DemoCentre]:
    """Run the centre outside of ``tmp_path``, which is not readable for the database user."""
    require((DIST / "phone.html").is_file(), "the built console")
    with (
        tempfile.TemporaryDirectory(prefix="gridwatch-console-") as folder,
        run_demo_centre(Path(folder)) as demo_centre,
    ):
        yield demo_centre


@pytest.fixture
def desk(centre: DemoCentre) -> Iterator[Desk]:
    """Return an operator who acts without a page."""
    with Desk.log_in(centre) as operator:
        yield operator


@pytest.fixture
def pages() -> Iterator[list[PageObject]]:
    """Collect the pages of a test; after it, none may have reported an error."""
    opened: list[PageObject] = []
    yield opened
    errors = [error for page in opened for error in page.errors]
    for page in opened:
        page.context.close()
    assert errors == []


@pytest.fixture
def open_console(
    centre: DemoCentre, browser: Browser, pages: list[PageObject]
) -> Callable[..., ConsolePage]:
    def open_page(language: str = "zh-CN") -> ConsolePage:
        context = browser.new_context(viewport=CONSOLE_SIZE, locale=language)
        console = ConsolePage(centre, context, context.new_page())
        pages.append(console)
        return console

    return open_page


@pytest.fixture
def open_phone(
    centre: DemoCentre, browser: Browser, pages: list[PageObject]
) -> Callable[..., PhonePage]:
    def open_page(language: str = "zh-CN") -> PhonePage:
        context = browser.new_context(
            viewport=PHONE_SIZE, locale=language, is_mobile=True, has_touch=True
        )
        phone = PhonePage(centre, context, context.new_page())
        pages.append(phone)
        return phone

    return open_page


@pytest.fixture
def console(open_console: Callable[..., ConsolePage]) -> ConsolePage:
    return open_console()


@pytest.fixture
def phone(open_phone: Callable[..., PhonePage]) -> PhonePage:
    return open_phone()
