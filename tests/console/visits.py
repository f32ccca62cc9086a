"""A person at a page: the operator with keys alone, the worker with a thumb."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    FilePayload,
    Locator,
    Page,
    ViewportSize,
    expect,
)

from tests.console.city import PASSWORD, City

DESK = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)

HARMLESS = ("Failed to load resource",)
"""The browser reports refused and cut requests of its own accord."""

RAW_KEY = re.compile(
    r"\b(app|shared|queue|incident|explanation|workOrders|fleet|login|state|level|action)[.:][a-z]"
)


def looks_well(page: Page, name: str) -> None:
    """Nothing sticks out at the side, no word is missing; keep a picture where asked to."""
    width = page.viewport_size["width"] if page.viewport_size else 0  # a phone's page widens to fit
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "sticks out"
    assert not RAW_KEY.search(page.locator("body").inner_text())
    if folder := os.environ.get("GRIDWATCH_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


@dataclass(slots=True)
class Visit:
    """A page of the centre and what went wrong on it."""

    city: City
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen for errors of scripts and of the content policy."""
        self.page.on("pageerror", self._note_error)
        self.page.on("console", self._note_message)

    def log_in(self, path: str, name: str, password: str = PASSWORD) -> None:
        """Go to a page and log in by the keyboard."""
        self.page.goto(self.city.url + path)
        expect(self.page.locator("input[autocomplete=username]")).to_be_focused()
        self.page.keyboard.type(name)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(password)
        self.page.keyboard.press("Enter")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def _note_error(self, error: Error) -> None:
        self.faults.append(str(error))

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(HARMLESS):
            self.faults.append(message.text)


class Desk(Visit):
    """The operator's console."""

    def enter(self, name: str = "OP-01", path: str = "/") -> None:
        """Log in and wait for the live queue."""
        self.log_in(path, name)
        expect(self.page.locator(".connection")).to_have_class("connection connection-on")

    def select(self, camera: str) -> None:
        """Walk to the incident of ``camera`` with J and K until it is shown whole."""
        row = self.page.locator(".queue-row", has_text=camera)
        row.wait_for()
        selected = self.page.locator(".queue-row[aria-selected=true]")
        expect(selected).to_have_count(1)  # the page selects the first row
        for _ in range(self.page.locator(".queue-row").count()):
            if row.get_attribute("aria-selected") == "true":
                break
            before = selected.get_attribute("data-id") or ""
            self.press("j" if _top(selected) < _top(row) else "k")
            expect(selected).not_to_have_attribute("data-id", before)
        expect(self.page.locator(".incident .facts")).to_contain_text(camera)

    def expect_state(self, state: str) -> None:
        expect(self.page.locator(f".incident[data-state={state}]")).to_be_visible()


def _top(place: Locator) -> float:
    box = place.bounding_box()
    return box["y"] if box else 0.0


class Phone(Visit):
    """The worker's page."""

    def enter(self, name: str) -> None:
        """Log in and wait until calls can arrive."""
        self.log_in("/phone", name)
        expect(self.page.locator(".connection")).to_have_class("connection connection-on")

    def tap(self, words: str) -> None:
        """Touch the button with these words."""
        self.page.get_by_role("button", name=words, exact=True).tap()

    def take_photo(self, picture: bytes) -> None:
        """Hand a picture to the page as its camera would."""
        file = FilePayload(name="photo.jpg", mimeType="image/jpeg", buffer=picture)
        self.page.locator("input[type=file]").set_input_files(file)
        expect(self.page.locator(".photo-thumbnail")).to_be_visible()
