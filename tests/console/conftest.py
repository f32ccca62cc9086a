"""One centre for all tests here, a browser for each module, and its own pages for each test."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.console.city import City, a_city
from tests.console.visits import DESK, PHONE, Desk, Phone, Visit
from tests.parts import need

DIST = Path(__file__).parents[2] / "api" / "console" / "dist"
FLAGS = [
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
    """A browser; it holds the thread's event loop, so it ends before tests that need one."""
    chromium = shutil.which("chromium")
    need(chromium is not None, "chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def city() -> Iterator[City]:
    """A running centre; each session of pytest shuts its folders to the database's user."""
    need((DIST / "phone.html").is_file(), "the built console")
    elsewhere = tempfile.TemporaryDirectory(prefix="gridwatch-city-")
    with elsewhere as folder, a_city(Path(folder)) as started:
        yield started


@pytest.fixture
def visits() -> Iterator[list[Visit]]:
    """Every page of the test; none of them may have met an error."""
    opened: list[Visit] = []
    yield opened
    faults = [fault for visit in opened for fault in visit.faults]
    for visit in opened:
        visit.context.close()
    assert faults == []


@pytest.fixture
def a_desk(city: City, browser: Browser, visits: list[Visit]) -> Callable[..., Desk]:
    def opened(language: str = "zh-CN") -> Desk:
        context = browser.new_context(viewport=DESK, locale=language)
        desk = Desk(city, context, context.new_page())
        visits.append(desk)
        return desk

    return opened


@pytest.fixture
def a_phone(city: City, browser: Browser, visits: list[Visit]) -> Callable[..., Phone]:
    def opened(language: str = "zh-CN") -> Phone:
        context = browser.new_context(
            viewport=PHONE, locale=language, is_mobile=True, has_touch=True
        )
        phone = Phone(city, context, context.new_page())
        visits.append(phone)
        return phone

    return opened


@pytest.fixture
def desk(a_desk: Callable[..., Desk]) -> Desk:
    return a_desk()


@pytest.fixture
def phone(a_phone: Callable[..., Phone]) -> Phone:
    return a_phone()
