"""Page objects: the operator works with the keyboard, the worker taps."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    FilePayload,
    Page,
    ViewportSize,
    expect,
)

from tests.console.demo_centre import PASSWORD, DemoCentre

CONSOLE_SIZE = ViewportSize(width=1440, height=900)
PHONE_SIZE = ViewportSize(width=390, height=844)

IGNORED_MESSAGES = ("Failed to load resource",)
"""The browser itself reports refused and interrupted requests."""

RAW_KEY = re.compile(
    r"\b(app|shared|queue|incident|explanation|workOrders|fleet|login|state|level|action)[.:][a-z]"
)

FITS_WIDTH = "width => document.documentElement.scrollWidth <= width"
WIDEST_ELEMENT = """() => [...document.querySelectorAll("body *")]
    .map(element => [element.getBoundingClientRect().right, element.outerHTML.slice(0, 150)])
    .sort((a, b) => b[0] - a[0])[0]"""


def check_layout(page: Page, name: str) -> None:
    """Check that the page does not scroll sideways and that no text is missing.

    With ``GRIDWATCH_PICTURES=FOLDER`` a screenshot is saved as ``name``.
    """
    width = page.viewport_size["width"] if page.viewport_size else 0  # a phone widens the page
    try:  # what opens or closes may stand out while it moves
        page.wait_for_function(FITS_WIDTH, arg=width, timeout=5_000)
    except Error:
        widest = page.evaluate(WIDEST_ELEMENT)
        raise AssertionError(f"the page scrolls sideways: {widest}") from None
    assert not RAW_KEY.search(page.locator("body").inner_text())
    if folder := os.environ.get("GRIDWATCH_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


@dataclass(slots=True)
class PageObject:
    """A page of the centre, and the errors that it has reported."""

    centre: DemoCentre
    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Collect errors of scripts and of the content security policy."""
        self.page.on("pageerror", self._add_error)
        self.page.on("console", self._add_message)

    def log_in(self, path: str, name: str, password: str = PASSWORD) -> None:
        """Open a page and log in with the keyboard."""
        self.page.goto(self.centre.url + path)
        expect(self.page.locator("input[autocomplete=username]")).to_be_focused()
        self.page.keyboard.type(name)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(password)
        self.page.keyboard.press("Enter")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def _add_error(self, error: Error) -> None:
        self.errors.append(str(error))

    def _add_message(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(IGNORED_MESSAGES):
            self.errors.append(message.text)


class ConsolePage(PageObject):
    """The operator's console."""

    def enter(self, name: str = "OP-01", path: str = "/") -> None:
        """Log in and wait until the queue is live."""
        self.log_in(path, name)
        expect(self.page.locator(".connection")).to_have_class("connection connection-on")

    def select(self, camera: str) -> None:
        """Open the queue at the incident of a camera, and wait until its details are shown."""
        self.page.goto(f"{self.centre.url}/queue?view=all&camera={camera}")
        expect(self.page.locator(".connection")).to_have_class("connection connection-on")
        expect(self.page.locator(".incident .facts")).to_contain_text(camera)

    def expect_state(self, state: str) -> None:
        expect(self.page.locator(f".incident[data-state={state}]")).to_be_visible()


class PhonePage(PageObject):
    """The worker's page."""

    def enter(self, name: str) -> None:
        """Log in and wait until notifications can arrive."""
        self.log_in("/phone", name)
        expect(self.page.locator(".connection")).to_have_class("connection connection-on")

    def tap(self, name: str) -> None:
        """Tap the button with this name."""
        self.page.get_by_role("button", name=name, exact=True).tap()

    def take_photo(self, picture: bytes) -> None:
        """Give the page a picture in place of the phone's camera."""
        file = FilePayload(name="photo.jpg", mimeType="image/jpeg", buffer=picture)
        self.page.locator("input[type=file]").set_input_files(file)
        expect(self.page.locator(".photo-thumbnail")).to_be_visible()
